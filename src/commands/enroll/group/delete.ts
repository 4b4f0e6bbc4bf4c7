import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import {IotctlCommand} from '../../../cli/command.js';
import {confirm} from '../../../cli/confirm.js';
import {PLAN_COLUMNS, type PlannedStep} from '../../../cli/plan.js';

export default class EnrollGroupDelete extends IotctlCommand {
  static override destructive = true;

  static override summary =
    'Delete an enrolment group, its key, and the list of who came through it; its devices stay.';

  static override examples = ['<%= config.bin %> enroll group delete line-7 --yes'];

  static override args = {
    name: Args.string({required: true, description: 'the name of the group'}),
  };

  static override flags = {
    yes: Flags.boolean({char: 'y', description: 'do not ask'}),
    'dry-run': Flags.boolean({description: 'print what would be done, and do nothing'}),
  };

  async run(): Promise<PlannedStep> {
    const {args, flags} = await this.parse(EnrollGroupDelete);
    if (flags['dry-run']) return this.printOne({id: args.name, action: 'delete'}, PLAN_COLUMNS);
    if (!flags.yes)
      await confirm(`Delete enrolment group ${args.name}? Keys of its devices are worth nothing then.`);
    const api = await this.api();
    await api.enrolment.remove(args.name);
    return this.printOne({id: args.name, action: 'deleted'}, PLAN_COLUMNS);
  }
}
