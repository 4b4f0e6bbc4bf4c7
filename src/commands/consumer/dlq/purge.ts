import * as Flags from '@oclif/core/flags';
import {IotctlCommand} from '../../../cli/command.js';
import {confirm} from '../../../cli/confirm.js';
import {chosenLetters, LETTER_FLAGS} from '../../../cli/consumer/chosen-letters.js';
import {consumerArg} from '../../../cli/consumer/consumer-args.js';
import {PLAN_COLUMNS, type PlannedStep} from '../../../cli/plan.js';

export default class ConsumerDlqPurge extends IotctlCommand {
  static override destructive = true;

  static override summary = 'Forget events that could not be delivered: the consumer never gets them.';

  static override examples = ['<%= config.bin %> consumer dlq purge billing --all --yes'];

  static override args = {name: consumerArg};

  static override flags = {...LETTER_FLAGS, yes: Flags.boolean({char: 'y', description: 'do not ask'})};

  async run(): Promise<PlannedStep> {
    const {args, flags} = await this.parse(ConsumerDlqPurge);
    const offsets = chosenLetters(flags);
    const api = await this.api();
    if (!flags.yes)
      await confirm(`Forget ${offsets === undefined ? 'all' : offsets.length} dead letters of ${args.name}?`);
    const count = await api.consumers.purge(args.name, offsets);
    return this.printOne({id: args.name, action: `${count} forgotten`}, PLAN_COLUMNS);
  }
}
