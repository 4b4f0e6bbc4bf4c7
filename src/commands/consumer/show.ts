import {IotctlCommand} from '../../cli/command.js';
import {consumerArg} from '../../cli/consumer/consumer-args.js';
import {CONSUMER_DETAILS} from '../../cli/consumer/consumer-columns.js';
import type {ConsumerView} from '../../client/consumer-api.js';

export default class ConsumerShow extends IotctlCommand {
  static override summary = 'Show one consumer: what it is sent, how far it has come, and what is wrong.';

  static override examples = ['<%= config.bin %> consumer show billing'];

  static override args = {name: consumerArg};

  async run(): Promise<ConsumerView> {
    const {args} = await this.parse(ConsumerShow);
    const api = await this.api();
    return this.printOne(await api.consumers.get(args.name), CONSUMER_DETAILS);
  }
}
