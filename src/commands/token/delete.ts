import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import {IotctlCommand} from '../../cli/command.js';
import {confirm} from '../../cli/confirm.js';
import {PLAN_COLUMNS, type PlannedStep} from '../../cli/plan.js';

export default class TokenDelete extends IotctlCommand {
  static override destructive = true;

  static override summary = 'Delete a token: it stops working at once.';

  static override examples = ['<%= config.bin %> token delete dashboard --yes'];

  static override args = {
    name: Args.string({required: true, description: 'the name of the token'}),
  };

  static override flags = {
    yes: Flags.boolean({char: 'y', description: 'do not ask'}),
    'dry-run': Flags.boolean({description: 'print what would be done, and do nothing'}),
  };

  async run(): Promise<PlannedStep> {
    const {args, flags} = await this.parse(TokenDelete);
    if (flags['dry-run']) return this.printOne({id: args.name, action: 'delete'}, PLAN_COLUMNS);
    if (!flags.yes) await confirm(`Delete token ${args.name}? Whoever uses it is cut off.`);
    const api = await this.api();
    await api.deleteToken(args.name);
    return this.printOne({id: args.name, action: 'deleted'}, PLAN_COLUMNS);
  }
}
