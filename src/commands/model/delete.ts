import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import {IotctlCommand} from '../../cli/command.js';
import {confirm} from '../../cli/confirm.js';
import {PLAN_COLUMNS, type PlannedStep} from '../../cli/plan.js';

export default class ModelDelete extends IotctlCommand {
  static override destructive = true;

  static override summary = 'Delete a version of a model that no device is of.';

  static override examples = ['<%= config.bin %> model delete thermostat@1 --yes'];

  static override args = {
    model: Args.string({required: true, description: 'name@version'}),
  };

  static override flags = {yes: Flags.boolean({char: 'y', description: 'do not ask'})};

  async run(): Promise<readonly PlannedStep[]> {
    const {args, flags} = await this.parse(ModelDelete);
    if (!flags.yes) await confirm(`Delete model ${args.model}? This cannot be undone.`);
    await (await this.api()).models.delete(args.model);
    return this.print([{id: args.model, action: 'deleted'}], PLAN_COLUMNS);
  }
}
