import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import {IotctlCommand} from '../../cli/command.js';
import {confirm} from '../../cli/confirm.js';
import {PLAN_COLUMNS, type PlannedStep} from '../../cli/plan.js';

export default class UserDelete extends IotctlCommand {
  static override destructive = true;

  static override summary = 'Delete a user, with their roles, sessions and tokens.';

  static override examples = [
    '<%= config.bin %> user delete alice --yes',
    '<%= config.bin %> user delete alice --dry-run',
  ];

  static override args = {
    name: Args.string({required: true, description: 'the name of the user'}),
  };

  static override flags = {
    yes: Flags.boolean({char: 'y', description: 'do not ask'}),
    'dry-run': Flags.boolean({description: 'print what would be done, and do nothing'}),
  };

  async run(): Promise<PlannedStep> {
    const {args, flags} = await this.parse(UserDelete);
    const api = await this.api();
    if (flags['dry-run']) {
      const {name} = await api.users.get(args.name);
      return this.printOne({id: name, action: 'delete'}, PLAN_COLUMNS);
    }
    if (!flags.yes) await confirm(`Delete user ${args.name}, with all tokens? This cannot be undone.`);
    await api.users.remove(args.name);
    return this.printOne({id: args.name, action: 'deleted'}, PLAN_COLUMNS);
  }
}
