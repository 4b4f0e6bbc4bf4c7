import {IotctlCommand} from '../../cli/command.js';
import {consumerArg} from '../../cli/consumer/consumer-args.js';
import {CONSUMER_DETAILS} from '../../cli/consumer/consumer-columns.js';
import type {ConsumerView} from '../../client/consumer-api.js';

export default class ConsumerPause extends IotctlCommand {
  static override summary = 'Send a consumer nothing for a while; it goes on later where it was.';

  static override examples = ['<%= config.bin %> consumer pause billing'];

  static override args = {name: consumerArg};

  async run(): Promise<ConsumerView> {
    const {args} = await this.parse(ConsumerPause);
    const api = await this.api();
    return this.printOne(await api.consumers.pause(args.name), CONSUMER_DETAILS);
  }
}
