import * as Args from '@oclif/core/args';
import {IotctlCommand} from '../../cli/command.js';
import {PLAN_COLUMNS, type PlannedStep} from '../../cli/plan.js';

export default class BanRemove extends IotctlCommand {
  static override summary = 'Let someone in again before the ban ends.';

  static override examples = ['<%= config.bin %> ban remove 0190a0f2-7c1e-7000-8000-000000000000'];

  static override args = {
    id: Args.string({required: true, description: 'the id that `ban list` prints'}),
  };

  async run(): Promise<PlannedStep> {
    const {args} = await this.parse(BanRemove);
    const api = await this.api();
    await api.bans.remove(args.id);
    return this.printOne({id: args.id, action: 'removed'}, PLAN_COLUMNS);
  }
}
