import {IotctlCommand} from '../../../cli/command.js';
import {chosenLetters, LETTER_FLAGS} from '../../../cli/consumer/chosen-letters.js';
import {consumerArg} from '../../../cli/consumer/consumer-args.js';
import {PLAN_COLUMNS, type PlannedStep} from '../../../cli/plan.js';

export default class ConsumerDlqReplay extends IotctlCommand {
  static override summary =
    'Send events again that could not be delivered; what is refused again stays a dead letter.';

  static override examples = [
    '<%= config.bin %> consumer dlq replay billing --all',
    '<%= config.bin %> consumer dlq replay billing --offset 4711',
  ];

  static override args = {name: consumerArg};

  static override flags = LETTER_FLAGS;

  async run(): Promise<PlannedStep> {
    const {args, flags} = await this.parse(ConsumerDlqReplay);
    const offsets = chosenLetters(flags);
    const api = await this.api();
    const count = await api.consumers.replay(args.name, offsets);
    return this.printOne({id: args.name, action: `${count} on their way again`}, PLAN_COLUMNS);
  }
}
