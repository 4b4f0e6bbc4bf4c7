import * as Flags from '@oclif/core/flags';
import {IotctlCommand} from '../../cli/command.js';
import {confirm} from '../../cli/confirm.js';
import {consumerArg} from '../../cli/consumer/consumer-args.js';
import {PLAN_COLUMNS, type PlannedStep} from '../../cli/plan.js';

export default class ConsumerDelete extends IotctlCommand {
  static override destructive = true;

  static override summary =
    'Send a consumer nothing more, and forget its dead letters; events and written files stay.';

  static override examples = ['<%= config.bin %> consumer delete billing --yes'];

  static override args = {name: consumerArg};

  static override flags = {yes: Flags.boolean({char: 'y', description: 'do not ask'})};

  async run(): Promise<PlannedStep> {
    const {args, flags} = await this.parse(ConsumerDelete);
    const api = await this.api();
    if (!flags.yes) {
      const {deadLetters} = await api.consumers.get(args.name);
      await confirm(`Delete consumer ${args.name} and its ${deadLetters} dead letters?`);
    }
    await api.consumers.remove(args.name);
    return this.printOne({id: args.name, action: 'deleted'}, PLAN_COLUMNS);
  }
}
