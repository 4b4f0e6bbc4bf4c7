/** Writes the messages of a run's publishers into their connections, each with its stamp where it has a place. */
import type {QoS} from '../../client/mqtt-connect.js';
import type {Measurements} from '../measure/measurements.js';
import type {EncodedTopic} from '../wire/encoded-topic.js';
import type {MqttClient} from '../wire/mqtt-client.js';
import type {PayloadSource} from '../wire/payload-source.js';
import {encodePublishProperties} from '../wire/publish-properties.js';
import type {CurrentMessage} from './message.js';
import {type PayloadsOf, payloadsFor, stampPlaceOf} from './payload.js';
import type {LoadPlan, PlannedPublishers} from './plan.js';
import {STAMP_BYTES, STAMP_PROPERTY, type Stamper} from './stamp.js';

export class MessageWriter {
  readonly payloadOf: PayloadsOf;
  readonly #qos: QoS;
  readonly #current: CurrentMessage;
  readonly #stamper: Stamper;
  readonly #counting: CountingSource;
  #sentMs = -1;
  /** Where in the encoded properties the stamp is; undefined where it is elsewhere. */
  readonly #stampAt: number | undefined;
  /** One for all messages: it is read while a message is written. */
  readonly #details: {
    packetId: number | undefined;
    dup: boolean;
    readonly retain: boolean;
    readonly properties: Buffer | undefined;
    timeMs: number;
  };

  constructor(
    {protocolVersion, seed}: LoadPlan,
    {qos, retain, payload, properties}: PlannedPublishers,
    {measurements, stamper, current}: {measurements: Measurements; stamper: Stamper; current: CurrentMessage},
  ) {
    this.payloadOf = payloadsFor(payload, current, stamper, seed);
    this.#qos = qos;
    this.#current = current;
    this.#stamper = stamper;
    this.#counting = new CountingSource(measurements);
    const stamped = stampPlaceOf(payload, protocolVersion) === 'property';
    const encoded = protocolVersion === 5 ? encodedProperties(properties ?? {}, stamped) : undefined;
    this.#stampAt = stamped ? encoded!.length - 2 * STAMP_BYTES : undefined;
    this.#details = {packetId: undefined, dup: false, retain, properties: encoded, timeMs: 0};
  }

  /** False when there is no connection. What is written leaves with the client's next flush. */
  write(
    client: MqttClient,
    topic: EncodedTopic,
    payload: PayloadSource,
    {packetId, dup}: {readonly packetId: number | undefined; readonly dup: boolean},
  ): boolean {
    const details = this.#details;
    details.packetId = packetId;
    details.dup = dup;
    // Messages of one turn share a time: reading the clock costs as much as writing one.
    if (this.#current.sentMs !== this.#sentMs) {
      this.#sentMs = this.#current.sentMs;
      details.timeMs = Date.now();
    }
    if (this.#stampAt !== undefined)
      this.#stamper.writeHex(details.properties!, this.#stampAt, this.#current);
    this.#counting.source = payload;
    return client.writePublish(topic, this.#qos, this.#counting, details);
  }
}

/** The stamp comes last, so that its place follows from the length. */
function encodedProperties(
  {userProperties, ...properties}: NonNullable<PlannedPublishers['properties']>,
  stamped: boolean,
): Buffer | undefined {
  const user = {...userProperties, ...(stamped ? {[STAMP_PROPERTY]: '0'.repeat(2 * STAMP_BYTES)} : {})};
  if (Object.keys(properties).length + Object.keys(user).length === 0) return undefined;
  return encodePublishProperties({...properties, userProperties: user});
}

/** How long payloads are is known only to who makes them. */
class CountingSource implements PayloadSource {
  source: PayloadSource | undefined;
  readonly #measurements: Measurements;

  constructor(measurements: Measurements) {
    this.#measurements = measurements;
  }

  get maxBytes(): number {
    return this.source!.maxBytes;
  }

  write(target: Buffer, at: number, timeMs: number): number {
    const end = this.source!.write(target, at, timeMs);
    this.#measurements.count('sentBytes', end - at);
    return end;
  }
}
