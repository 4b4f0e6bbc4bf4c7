import * as Flags from '@oclif/core/flags';
import {IotctlCommand} from '../../../cli/command.js';
import {consumerArg} from '../../../cli/consumer/consumer-args.js';
import {DEAD_LETTER_COLUMNS} from '../../../cli/consumer/consumer-columns.js';
import type {DeadLetter} from '../../../domain/consumer.js';

export default class ConsumerDlqList extends IotctlCommand {
  static override summary = 'List the events that a consumer could not deliver, and why.';

  static override examples = [
    '<%= config.bin %> consumer dlq list billing',
    '<%= config.bin %> consumer dlq list billing --after 4711 -o ndjson',
  ];

  static override args = {name: consumerArg};

  static override flags = {
    after: Flags.integer({min: -1, default: -1, description: 'only those behind this offset'}),
    limit: Flags.integer({min: 1, max: 1000, default: 100, description: 'how many at most'}),
  };

  async run(): Promise<readonly DeadLetter[]> {
    const {args, flags} = await this.parse(ConsumerDlqList);
    const {after, limit} = flags;
    const api = await this.api();
    return this.print(await api.consumers.deadLetters(args.name, {after, limit}), DEAD_LETTER_COLUMNS);
  }
}
