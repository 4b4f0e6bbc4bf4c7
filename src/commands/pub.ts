import type {Interfaces} from '@oclif/core';
import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import {BROKER_FLAGS, brokerAddress, qosFlag, toQos} from '../cli/broker-flags.js';
import {IotctlCommand} from '../cli/command.js';
import {listenForEnding} from '../cli/ending.js';
import {lineBatches, openInput, readInput} from '../cli/lines-in.js';
import type {Columns} from '../cli/output.js';
import {Progress} from '../cli/progress.js';
import {publishingTo} from '../cli/publish-access.js';
import {say} from '../cli/stdout.js';
import type {Context} from '../client/contexts.js';
import {type Connection, connectMqtt, disconnect} from '../client/mqtt-connect.js';
import {type PublishOptions, type PublishResult, publishAll} from '../client/mqtt-publish.js';
import {until} from '../client/until.js';
import {IotctlError} from '../domain/errors.js';

type PubFlags = Interfaces.InferredFlags<typeof Pub.flags>;

interface Published {
  readonly topic: string;
  readonly published: number;
  readonly acknowledged: number;
  readonly refused: number;
  readonly notAcknowledged: number;
  readonly elapsedMs: number;
}

const COLUMNS: Columns<Published> = {
  topic: row => row.topic,
  published: row => row.published,
  acknowledged: row => row.acknowledged,
  refused: row => row.refused,
  notAcknowledged: row => row.notAcknowledged,
  elapsedMs: row => row.elapsedMs,
};

export default class Pub extends IotctlCommand {
  static override summary = 'Publish one message, a file, or each line of stdin to any MQTT broker.';

  static override description =
    'Ends only when the broker has taken every message: by its acknowledgements (QoS 1 and 2), or by its answer to a ping sent after the last one (QoS 0). Anything less is a failure that names the counts.';

  static override examples = [
    '<%= config.bin %> pub site/door --message open --url mqtt://127.0.0.1:1883',
    '$ seq 1 1000 | <%= config.bin %> pub site/count --lines --qos 1',
  ];

  static override args = {
    topic: Args.string({required: true, description: 'the topic to publish to'}),
  };

  static override flags = {
    message: Flags.string({
      char: 'm',
      description: 'the payload, as text',
      exactlyOne: ['message', 'lines', 'file'],
    }),
    lines: Flags.boolean({char: 'l', description: 'publish each line of stdin as a message'}),
    file: Flags.string({char: 'f', description: 'publish a whole file as one message; - is stdin'}),
    qos: qosFlag,
    retain: Flags.boolean({char: 'r', description: 'let the broker keep it for later subscribers'}),
    'limit-inflight': Flags.integer({
      default: 1000,
      min: 1,
      max: 65_535,
      description: 'how many messages may wait for their acknowledgement at one time',
    }),
    ...BROKER_FLAGS,
  };

  async run(): Promise<Published> {
    const {args, flags} = await this.parse(Pub);
    if (/[+#]/.test(args.topic) || args.topic === '') {
      throw new IotctlError('IOT_USAGE', `not a topic to publish to: ${JSON.stringify(args.topic)}`);
    }
    const context = flags.url === undefined ? await this.brokerContext() : undefined;
    const words = context === undefined ? [] : this.typed(context);
    return publishingTo(args.topic, context, words, () => this.publish(args.topic, flags, context));
  }

  private async publish(topic: string, flags: PubFlags, context: Context | undefined): Promise<Published> {
    const payloads = flags.lines ? lineBatches(openInput('-')) : oneMessage(flags);
    using ending = listenForEnding();
    await using connection = await connectMqtt(brokerAddress(flags, context));
    const startedMs = performance.now();
    const result = await publishAllShown(connection, until(payloads, ending.signal), {
      topic,
      qos: toQos(flags.qos),
      retain: flags.retain,
      inflightMax: flags['limit-inflight'],
      quiet: this.quiet,
    });
    if (result.problem === undefined) await disconnect(connection);
    const published = summaryOf(topic, result, performance.now() - startedMs);
    if (this.format === 'table') sayCounts(published, this.quiet);
    else await this.printOne(published, COLUMNS);
    if (result.problem !== undefined || connection.lost() !== undefined) {
      throw incomplete(published, result.problem ?? connection.lost()!);
    }
    if (ending.interrupted()) process.exitCode = 130;
    return published;
  }
}

/** With its progress on stderr, as reading stdin to its end may take long. */
async function publishAllShown(
  connection: Connection,
  payloads: AsyncIterable<readonly Uint8Array[]>,
  {quiet, ...options}: PublishOptions & {quiet: boolean},
): Promise<PublishResult> {
  using progress = new Progress('messages');
  return await publishAll(connection, payloads, {
    ...options,
    onPublished: published => {
      if (!quiet) progress.update(published);
    },
  });
}

async function* oneMessage(flags: {message?: string | undefined; file?: string | undefined}) {
  yield [flags.file === undefined ? Buffer.from(flags.message ?? '') : await readInput(flags.file)];
}

const summaryOf = (topic: string, result: PublishResult, elapsedMs: number): Published => ({
  topic,
  published: result.published,
  acknowledged: result.acknowledged,
  refused: result.refused,
  notAcknowledged: result.published - result.acknowledged - result.refused,
  elapsedMs: Math.round(elapsedMs),
});

function sayCounts(counts: Published, quiet: boolean): void {
  if (quiet) return;
  const seconds = (counts.elapsedMs / 1000).toFixed(1);
  say(
    `${counts.published} published to ${counts.topic}, ${counts.acknowledged} acknowledged, in ${seconds} s`,
  );
}

/** A refusal keeps its own code; a connection that was lost on the way leaves an unknown rest. */
function incomplete(counts: Published, problem: IotctlError): IotctlError {
  if (problem.code === 'IOT_MQTT_REFUSED') {
    return new IotctlError(problem.code, `${problem.message} (${countsOf(counts)})`, {cause: problem});
  }
  return new IotctlError('IOT_PUBLISH_INCOMPLETE', `${countsOf(counts)}: ${problem.message}`, {
    cause: problem,
  });
}

const countsOf = (counts: Published): string =>
  `${counts.published} published, ${counts.acknowledged} acknowledged, ${counts.published - counts.acknowledged} not acknowledged`;
