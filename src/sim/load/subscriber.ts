/** A client that subscribes, and accounts for what comes. */
import type {QoS} from '../../client/mqtt-connect.js';
import {nowMs} from '../measure/clock.js';
import type {SubscriberAccounting} from '../measure/subscriber-accounting.js';
import type {MqttClient} from '../wire/mqtt-client.js';
import type {MessageDetails} from '../wire/packet-reader.js';
import {reasonName} from '../wire/reason-codes.js';
import type {Route} from './endpoints.js';
import type {Identity} from './identity.js';
import {type ClientContext, LoadClient} from './load-client.js';
import type {StampReader} from './stamp-reader.js';

export interface SubscriberContext extends ClientContext {
  readonly stamps: StampReader;
  readonly qos: QoS;
}

/** A SUBSCRIBE stays small enough for any broker. */
const FILTERS_PER_PACKET = 50;

export class Subscriber extends LoadClient {
  declare protected readonly context: SubscriberContext;
  readonly #filters: readonly string[];
  readonly #account: SubscriberAccounting;
  #unanswered = 0;
  #subscribedMs = 0;

  constructor(
    context: SubscriberContext,
    {
      identity,
      filters,
      account,
    }: {identity: Identity; filters: readonly string[]; account: SubscriberAccounting},
    route: Route,
  ) {
    super(context, identity, route);
    this.#filters = filters;
    this.#account = account;
  }

  subscribed(_: MqttClient, _packetId: number, reasonCodes: readonly number[]): void {
    const {measurements} = this.context;
    measurements.latency('suback', nowMs() - this.#subscribedMs);
    for (const code of reasonCodes) {
      if (code < 0x80) measurements.count('subscribed');
      else measurements.fail('subscribe', reasonName(code));
    }
    this.#unanswered--;
    if (this.#unanswered === 0) this.settle();
  }

  message(_: MqttClient, _topic: Buffer, payload: Buffer, details: MessageDetails): void {
    const {measurements, stamps} = this.context;
    measurements.count('received');
    measurements.count('receivedBytes', payload.length);
    const atMs = nowMs();
    const stamp = stamps.read(payload, details.properties, atMs);
    if (stamp === undefined) {
      if (stamps.expected) measurements.count('foreign');
    } else {
      const latencyMs = atMs - stamp.dueMs;
      measurements.latency('e2e', latencyMs, atMs - stamp.sentMs);
      this.#account.received(stamp.stream, stamp.sequence, latencyMs);
    }
  }

  protected override ready(): void {
    const {qos} = this.context;
    this.#subscribedMs = nowMs();
    this.#unanswered = 0;
    for (let from = 0; from < this.#filters.length; from += FILTERS_PER_PACKET) {
      const some = this.#filters.slice(from, from + FILTERS_PER_PACKET);
      this.#unanswered++;
      this.mqtt.subscribe(some.map(topic => ({topic, qos})));
    }
  }
}
