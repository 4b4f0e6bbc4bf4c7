import {IotctlCommand} from '../../cli/command.js';
import {consumerArg} from '../../cli/consumer/consumer-args.js';
import {CONSUMER_DETAILS} from '../../cli/consumer/consumer-columns.js';
import type {ConsumerView} from '../../client/consumer-api.js';

export default class ConsumerResume extends IotctlCommand {
  static override summary = 'Let a consumer go on where it was.';

  static override examples = ['<%= config.bin %> consumer resume billing'];

  static override args = {name: consumerArg};

  async run(): Promise<ConsumerView> {
    const {args} = await this.parse(ConsumerResume);
    const api = await this.api();
    return this.printOne(await api.consumers.resume(args.name), CONSUMER_DETAILS);
  }
}
