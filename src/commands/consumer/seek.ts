import * as Flags from '@oclif/core/flags';
import {IotctlCommand} from '../../cli/command.js';
import {consumerArg} from '../../cli/consumer/consumer-args.js';
import {CONSUMER_DETAILS} from '../../cli/consumer/consumer-columns.js';
import type {ConsumerView} from '../../client/consumer-api.js';

export default class ConsumerSeek extends IotctlCommand {
  static override summary =
    'Let a consumer go on elsewhere: backwards it gets events again, forwards it misses some.';

  static override examples = [
    '<%= config.bin %> consumer seek billing --to 2h',
    '<%= config.bin %> consumer seek billing --to beginning',
  ];

  static override args = {name: consumerArg};

  static override flags = {
    to: Flags.string({
      required: true,
      helpValue: '<beginning|now|offset|time>',
      description:
        'where it goes on: with everything that is kept, with what comes, at an offset, or at a time',
    }),
  };

  async run(): Promise<ConsumerView> {
    const {args, flags} = await this.parse(ConsumerSeek);
    const api = await this.api();
    return this.printOne(await api.consumers.seek(args.name, flags.to), CONSUMER_DETAILS);
  }
}
