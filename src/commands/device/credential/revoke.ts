import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import {IotctlCommand} from '../../../cli/command.js';
import {confirm} from '../../../cli/confirm.js';
import {PLAN_COLUMNS, type PlannedStep} from '../../../cli/plan.js';

export default class DeviceCredentialRevoke extends IotctlCommand {
  static override destructive = true;

  static override summary =
    'Revoke a credential: it stops working at once, and connections that it let in end.';

  static override examples = [
    '<%= config.bin %> device credential revoke lamp-1 0190a0f2-7c1e-7000-8000-000000000000 --yes',
  ];

  static override args = {
    device: Args.string({required: true, description: 'the id of the device'}),
    credential: Args.string({
      required: true,
      description: 'the id that `device credential list` prints',
    }),
  };

  static override flags = {
    yes: Flags.boolean({char: 'y', description: 'do not ask'}),
    'dry-run': Flags.boolean({description: 'print what would be done, and do nothing'}),
  };

  async run(): Promise<PlannedStep> {
    const {args, flags} = await this.parse(DeviceCredentialRevoke);
    const {device, credential} = args;
    if (flags['dry-run']) return this.printOne({id: credential, action: 'revoke'}, PLAN_COLUMNS);
    if (!flags.yes) await confirm(`Revoke credential ${credential} of ${device}? This cannot be undone.`);
    const api = await this.api();
    await api.credentials.revoke(device, credential);
    return this.printOne({id: credential, action: 'revoked'}, PLAN_COLUMNS);
  }
}
