import * as Args from '@oclif/core/args';
import {IotctlCommand} from '../../cli/command.js';
import {issuedColumns, type ShownCredential} from '../../cli/credential-columns.js';
import {CREDENTIAL_FLAGS, issueCredential} from '../../cli/credential-input.js';
import {sayShownOnce} from '../../cli/secret-file.js';
import {say} from '../../cli/stdout.js';
import {durationFlag} from '../../cli/time-flags.js';
import type {RotatedCredential} from '../../client/credential-api.js';

const GRACE_MS_DEFAULT = 86_400_000;

export default class DeviceRotate extends IotctlCommand {
  static override summary =
    'Give a device a new credential, and let those that it replaces work on for a while.';

  static override examples = [
    '<%= config.bin %> device rotate lamp-1',
    '<%= config.bin %> device rotate lamp-1 --grace 0s --secret-file lamp-1.secret',
    '<%= config.bin %> device rotate lamp-1 --kind x509 --out certificates',
  ];

  static override args = {
    id: Args.string({required: true, description: 'the id of the device'}),
  };

  static override flags = {
    ...CREDENTIAL_FLAGS,
    grace: durationFlag({
      default: GRACE_MS_DEFAULT,
      defaultHelp: async () => '24h',
      description:
        'how long the others of that kind work on, so that the device has the time to change; at most 90d',
    }),
  };

  async run(): Promise<RotatedCredential & ShownCredential> {
    const {args, flags} = await this.parse(DeviceRotate);
    const api = await this.api();
    const {shown, hasSecret} = await issueCredential(args.id, flags, wanted =>
      api.credentials.rotate(args.id, {...wanted, graceMs: flags.grace}),
    );
    await this.printOne(shown, issuedColumns(shown));
    if (hasSecret && !this.quiet) sayShownOnce('The secret');
    for (const {id, notAfter} of shown.replaced) say(`Credential ${id} works until ${notAfter}.`);
    return shown;
  }
}
