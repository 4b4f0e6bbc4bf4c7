/**
 * Sends commands over topics, and waits for answers: with MQTT 5 by response topic and correlation data (4.10), with 3.1.1 by a
 * response topic that both sides know, and a payload that comes back.
 */
import {nowMs} from '../../measure/clock.js';
import type {MqttClient} from '../../wire/mqtt-client.js';
import type {ConnackDetails} from '../../wire/mqtt-client-options.js';
import type {MessageDetails} from '../../wire/packet-reader.js';
import {encodePublishProperties} from '../../wire/publish-properties.js';
import {readResponseProperties} from '../../wire/response-properties.js';
import type {Route} from '../endpoints.js';
import type {Identity} from '../identity.js';
import type {CurrentMessage} from '../message.js';
import type {PlannedCommands} from '../plan.js';
import {STAMP_BYTES, type Stamper} from '../stamp.js';
import {CommandClient} from './command-client.js';
import {CommandSender, type CommandWay, type OpenCommand} from './command-sender.js';
import type {CommandTopics} from './command-topics.js';
import type {RequesterContext} from './requester-context.js';

/** Where a stamp will be: no topic has bytes like these. */
const PLACE = Buffer.alloc(STAMP_BYTES, 0xff);
const FILLER = 'x';

export class Requester extends CommandClient implements CommandWay {
  readonly sender: CommandSender;
  readonly #topics: CommandTopics;
  readonly #stamper: Stamper;
  readonly #current: CurrentMessage;
  readonly #payload: Buffer;
  /** Undefined with MQTT 3.1.1. */
  readonly #properties: Buffer | undefined;

  constructor(
    context: RequesterContext,
    {index, identity, commands}: {index: number; identity: Identity; commands: PlannedCommands},
    route: Route,
  ) {
    const responseTopic = context.topics.answers(index);
    super(context, {identity, filter: responseTopic, qos: commands.qos}, route);
    this.sender = new CommandSender(index, context, this);
    this.#topics = context.topics;
    this.#stamper = context.stamper;
    this.#current = {stream: index, sequence: 0, dueMs: 0, sentMs: 0, identity};
    this.#payload = Buffer.alloc(commands.payloadBytes, FILLER);
    this.#properties =
      context.plan.protocolVersion === 5
        ? encodePublishProperties({responseTopic, correlationData: PLACE})
        : undefined;
  }

  get isOpen(): boolean {
    return this.mqtt.connected;
  }

  send({sequence, dueMs, sentMs}: OpenCommand): void {
    const topic = this.#topics.request(this.sender.index, sequence);
    Object.assign(this.#current, {sequence, dueMs, sentMs});
    const properties = this.#properties;
    this.outbox.add(
      properties === undefined
        ? {topic, payload: this.#stamped(this.#payload, 0)}
        : {topic, payload: this.#payload, properties: this.#stamped(properties, properties.indexOf(PLACE))},
    );
  }

  message(_: MqttClient, _topic: Buffer, payload: Buffer, {properties}: MessageDetails): void {
    const mark =
      this.#properties === undefined ? payload : readResponseProperties(properties).correlationData;
    const stamp = mark && this.#stamper.read(mark, nowMs());
    if (stamp === undefined || stamp.stream !== this.sender.index) this.context.measurements.count('foreign');
    else this.sender.answered(stamp.sequence);
  }

  protected override ready(connack: ConnackDetails): void {
    super.ready(connack);
    this.sender.pump();
  }

  #stamped(bytes: Buffer, at: number): Buffer {
    const copy = Buffer.from(bytes);
    this.#stamper.write(copy, at, this.#current);
    return copy;
  }
}
