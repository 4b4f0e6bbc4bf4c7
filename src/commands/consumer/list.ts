import {IotctlCommand} from '../../cli/command.js';
import {CONSUMER_COLUMNS} from '../../cli/consumer/consumer-columns.js';
import type {ConsumerView} from '../../client/consumer-api.js';

export default class ConsumerList extends IotctlCommand {
  static override summary = 'List who is sent events, how far each is behind, and what is wrong.';

  static override examples = ['<%= config.bin %> consumer list'];

  async run(): Promise<readonly ConsumerView[]> {
    await this.parse(ConsumerList);
    const api = await this.api();
    const {items} = await api.consumers.list();
    return this.print(items, CONSUMER_COLUMNS);
  }
}
