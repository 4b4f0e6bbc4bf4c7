import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import {BROKER_FLAGS, brokerAddress, qosFlag, toQos} from '../cli/broker-flags.js';
import {IotctlCommand} from '../cli/command.js';
import {listenForEnding} from '../cli/ending.js';
import {formatMessage, MESSAGE_COLUMNS, type MessageRow, messageRow} from '../cli/message-format.js';
import {say} from '../cli/stdout.js';
import {durationFlag} from '../cli/time-flags.js';
import {connectMqtt, disconnect} from '../client/mqtt-connect.js';
import {type MqttMessage, subscribeMqtt} from '../client/mqtt-subscribe.js';
import {IotctlError} from '../domain/errors.js';

export default class Sub extends IotctlCommand {
  static override summary = 'Print the messages of any MQTT broker that match a topic filter.';

  static override examples = [
    "<%= config.bin %> sub 'site/#' --url mqtt://127.0.0.1:1883",
    "<%= config.bin %> sub 'site/#' --count 10 --wait 30s --output ndjson",
    "<%= config.bin %> sub 'site/#' --format '%I %t %p'",
  ];

  static override strict = false;

  static override args = {
    filter: Args.string({
      required: true,
      description: 'a topic filter, with + and # as wildcards; or several',
    }),
  };

  static override flags = {
    qos: qosFlag,
    count: Flags.integer({char: 'C', min: 1, description: 'end after so many messages [default: never]'}),
    wait: durationFlag({char: 'W', description: 'end after this time, such as 30s [default: never]'}),
    format: Flags.string({
      default: '%t %p',
      description:
        'a line of the table: %t topic, %p payload, %x payload in hex, %q QoS, %r retained, %I time, %% a %',
    }),
    ...BROKER_FLAGS,
  };

  async run(): Promise<number> {
    const {argv, flags} = await this.parse(Sub);
    const filters = argv as string[];
    using ending = listenForEnding();
    await using connection = await connectMqtt(
      brokerAddress(flags, flags.url === undefined ? await this.brokerContext() : undefined),
    );
    const signal = AbortSignal.any([
      ending.signal,
      ...(flags.wait === undefined ? [] : [AbortSignal.timeout(flags.wait)]),
    ]);
    const messages = await subscribeMqtt(connection, filters, {qos: toQos(flags.qos), signal});
    if (!this.quiet) say(`Subscribed to ${filters.join(', ')}`);
    const count = await this.printStream(rows(messages, flags.count), MESSAGE_COLUMNS, row =>
      formatMessage(flags.format, row),
    );
    await disconnect(connection);
    if (flags.count !== undefined && count < flags.count && !ending.signal.aborted) {
      throw new IotctlError(
        'IOT_TIMED_OUT',
        `${count} of ${flags.count} messages came within ${flags.wait} ms`,
      );
    }
    return count;
  }
}

async function* rows(messages: AsyncIterable<MqttMessage>, countMax = Infinity): AsyncGenerator<MessageRow> {
  let count = 0;
  for await (const message of messages) {
    yield messageRow(message);
    count++;
    if (count >= countMax) return;
  }
}
