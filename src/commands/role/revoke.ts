import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import {IotctlCommand} from '../../cli/command.js';
import {PLAN_COLUMNS, type PlannedStep} from '../../cli/plan.js';

export default class RoleRevoke extends IotctlCommand {
  static override summary = 'Take a role away again, from the next request on.';

  static override examples = ['<%= config.bin %> role revoke 0190a0f2-7c1e-7000-8000-000000000000'];

  static override args = {
    id: Args.string({required: true, description: 'the id that `role bindings` prints'}),
  };

  static override flags = {
    'dry-run': Flags.boolean({description: 'print what would be done, and do nothing'}),
  };

  async run(): Promise<PlannedStep> {
    const {args, flags} = await this.parse(RoleRevoke);
    if (flags['dry-run']) return this.printOne({id: args.id, action: 'revoke'}, PLAN_COLUMNS);
    const api = await this.api();
    await api.access.revoke(args.id);
    return this.printOne({id: args.id, action: 'revoked'}, PLAN_COLUMNS);
  }
}
