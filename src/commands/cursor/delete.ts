import * as Args from '@oclif/core/args';
import {IotctlCommand} from '../../cli/command.js';
import {PLAN_COLUMNS, type PlannedStep} from '../../cli/plan.js';

export default class CursorDelete extends IotctlCommand {
  static override summary = 'Forget how far a reader of events has come; events stay.';

  static override examples = ['<%= config.bin %> cursor delete billing'];

  static override args = {
    name: Args.string({required: true, description: 'the name that `tail --cursor` was given'}),
  };

  async run(): Promise<PlannedStep> {
    const {args} = await this.parse(CursorDelete);
    const api = await this.api();
    await api.cursors.remove(args.name);
    return this.printOne({id: args.name, action: 'deleted'}, PLAN_COLUMNS);
  }
}
