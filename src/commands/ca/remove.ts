import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import {IotctlCommand} from '../../cli/command.js';
import {confirm} from '../../cli/confirm.js';
import {PLAN_COLUMNS, type PlannedStep} from '../../cli/plan.js';

export default class CaRemove extends IotctlCommand {
  static override destructive = true;

  static override summary = 'Forget an authority: devices with its certificates are not let in any more.';

  static override examples = ['<%= config.bin %> ca remove 0190a0f2-7c1e-7000-8000-000000000000 --yes'];

  static override args = {
    id: Args.string({required: true, description: 'the id that `ca list` prints'}),
  };

  static override flags = {
    yes: Flags.boolean({char: 'y', description: 'do not ask'}),
    'dry-run': Flags.boolean({description: 'print what would be done, and do nothing'}),
  };

  async run(): Promise<PlannedStep> {
    const {args, flags} = await this.parse(CaRemove);
    if (flags['dry-run']) return this.printOne({id: args.id, action: 'remove'}, PLAN_COLUMNS);
    if (!flags.yes) await confirm(`Remove authority ${args.id}? Devices with its certificates are cut off.`);
    const api = await this.api();
    await api.authorities.remove(args.id);
    return this.printOne({id: args.id, action: 'removed'}, PLAN_COLUMNS);
  }
}
