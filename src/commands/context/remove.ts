import * as Args from '@oclif/core/args';
import {IotctlCommand} from '../../cli/command.js';
import {PLAN_COLUMNS, type PlannedStep} from '../../cli/plan.js';
import {removeContext} from '../../client/contexts.js';

export default class ContextRemove extends IotctlCommand {
  static override summary = 'Forget a context; the platform itself is not touched.';

  static override examples = ['<%= config.bin %> context remove old'];

  static override args = {
    name: Args.string({required: true, description: 'the name of the context'}),
  };

  async run(): Promise<PlannedStep> {
    const {args} = await this.parse(ContextRemove);
    await removeContext(args.name);
    return this.printOne({id: args.name, action: 'removed'}, PLAN_COLUMNS);
  }
}
