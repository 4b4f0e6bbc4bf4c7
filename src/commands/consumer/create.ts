import {IotctlCommand} from '../../cli/command.js';
import {consumerArg} from '../../cli/consumer/consumer-args.js';
import {CONSUMER_DETAILS} from '../../cli/consumer/consumer-columns.js';
import {CONSUMER_FLAGS, wantedConsumer} from '../../cli/consumer/consumer-flags.js';
import {reserveSecretFile, sayShownOnce, secretFileFlag} from '../../cli/secret-file.js';
import type {ConsumerView} from '../../client/consumer-api.js';

export default class ConsumerCreate extends IotctlCommand {
  static override summary =
    'Let the platform send events somewhere by itself, at least once, in the order of each device.';

  static override description =
    'What a receiver does not take is tried again, after 0.5 s, 1 s, … 30 s or as it asks. An event that it refuses --attempts times ' +
    'becomes a dead letter, so that those behind it go on; see `consumer dlq list`. While it takes nothing at all, everything waits.';

  static override examples = [
    '<%= config.bin %> <%= command.id %> billing --to webhook --url https://example.com/events --type telemetry',
    `<%= config.bin %> <%= command.id %> hot --to webhook --url https://example.com/hot --where 'temperature > 30' --from 2h`,
    '<%= config.bin %> <%= command.id %> twin --to mqtt --url mqtts://broker.example.com --topic fleet/{{device}}/{{type}}',
    '<%= config.bin %> <%= command.id %> lake --to file --from beginning --rotate-every 15m',
  ];

  static override args = {name: consumerArg};

  static override flags = {...CONSUMER_FLAGS, 'secret-file': secretFileFlag};

  async run(): Promise<ConsumerView & {signingSecret?: string}> {
    const {args, flags} = await this.parse(ConsumerCreate);
    const wanted = await wantedConsumer(args.name, flags);
    const api = await this.api();
    const path = flags['secret-file'];
    await using file = path === undefined ? undefined : await reserveSecretFile(path);
    const {consumer, signingSecret} = await api.consumers.create(wanted);
    if (signingSecret === undefined) return this.printOne(consumer, CONSUMER_DETAILS);
    if (file) {
      await file.write(signingSecret);
      return this.printOne(consumer, CONSUMER_DETAILS);
    }
    const shown = {...consumer, signingSecret};
    await this.printOne(shown, {...CONSUMER_DETAILS, signingSecret: row => row.signingSecret});
    if (!this.quiet) sayShownOnce('The signing secret');
    return shown;
  }
}
