import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import {IotctlCommand} from '../../cli/command.js';
import {confirm} from '../../cli/confirm.js';
import {PLAN_COLUMNS, type PlannedStep} from '../../cli/plan.js';

export default class TenantDelete extends IotctlCommand {
  static override destructive = true;

  static override summary =
    'Delete a suspended tenant: its devices, people and data are gone; its audit log stays.';

  static override examples = [
    '<%= config.bin %> tenant delete acme --dry-run',
    '<%= config.bin %> tenant delete acme --yes',
  ];

  static override args = {
    id: Args.string({required: true, description: 'the id of the tenant'}),
  };

  static override flags = {
    force: Flags.boolean({description: 'delete a tenant that is not suspended, too'}),
    yes: Flags.boolean({char: 'y', description: 'do not ask'}),
    'dry-run': Flags.boolean({description: 'print what would be done, and do nothing'}),
  };

  async run(): Promise<PlannedStep> {
    const {args, flags} = await this.parse(TenantDelete);
    const api = await this.api();
    if (flags['dry-run']) {
      const {id} = await api.tenants.get(args.id);
      return this.printOne({id, action: 'delete'}, PLAN_COLUMNS);
    }
    if (!flags.yes) await confirm(`Delete tenant ${args.id} with everything in it? This cannot be undone.`);
    await api.tenants.remove(args.id, {force: flags.force});
    return this.printOne({id: args.id, action: 'deleted'}, PLAN_COLUMNS);
  }
}
