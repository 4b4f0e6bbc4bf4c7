import * as Args from '@oclif/core/args';
import {IotctlCommand} from '../../../cli/command.js';
import {issuedColumns, type ShownCredential} from '../../../cli/credential-columns.js';
import {CREDENTIAL_FLAGS, issueCredential} from '../../../cli/credential-input.js';
import {sayShownOnce} from '../../../cli/secret-file.js';
import {laterFlag} from '../../../cli/time-flags.js';

export default class DeviceCredentialAdd extends IotctlCommand {
  static override summary =
    'Give a device another credential beside those that it has, and print its secret, once.';

  static override examples = [
    '<%= config.bin %> device credential add lamp-1',
    '<%= config.bin %> device credential add lamp-1 --kind token --not-after 30d --secret-file lamp-1.key',
    '<%= config.bin %> device credential add lamp-1 --kind x509 --out certificates',
  ];

  static override args = {
    device: Args.string({required: true, description: 'the id of the device'}),
  };

  static override flags = {
    ...CREDENTIAL_FLAGS,
    'not-before': laterFlag({
      description: 'when it begins to work, such as 1h from now or RFC 3339 [default: now]',
    }),
    'not-after': laterFlag({
      description:
        'when it stops working, such as 30d from now or RFC 3339 [default: never; for x509 as the platform decides]',
    }),
  };

  async run(): Promise<ShownCredential> {
    const {args, flags} = await this.parse(DeviceCredentialAdd);
    const {'not-before': notBefore, 'not-after': notAfter} = flags;
    const validity = {
      ...(notBefore === undefined ? {} : {notBefore}),
      ...(notAfter === undefined ? {} : {notAfter}),
    };
    const api = await this.api();
    const {shown, hasSecret} = await issueCredential(args.device, flags, wanted =>
      api.credentials.issue(args.device, {...wanted, ...validity}),
    );
    await this.printOne(shown, issuedColumns(shown));
    if (hasSecret && !this.quiet) sayShownOnce('The secret');
    return shown;
  }
}
