/**
 * What a device says over its connection. What was sent at QoS 1 or 2 and not acknowledged is sent again after a loss; what it has to
 * say while it has no connection waits.
 */
import {nowMs} from '../measure/clock.js';
import {type EncodedTopic, encodeTopic} from '../wire/encoded-topic.js';
import type {MqttClient} from '../wire/mqtt-client.js';
import {reasonName} from '../wire/reason-codes.js';
import type {Tally} from './tally.js';

interface Saying {
  readonly topic: EncodedTopic;
  readonly payload: Buffer;
  readonly retain: boolean;
}

interface Sent extends Saying {
  readonly qos: 1 | 2;
  /** When it should have been sent, and when it was; undefined for what is no telemetry, and not measured. */
  readonly times: readonly [dueMs: number, sentMs: number] | undefined;
}

const WAITING_MAX = 100;
const UNSENT_BYTES_MAX = 256 * 1024;

export class DeviceMessages {
  readonly #client: MqttClient;
  readonly #tally: Tally;
  readonly #windowMax: number;
  #window: number;
  #inFlight: Map<number, Sent> | undefined;
  #waiting: Saying[] | undefined;

  /** `window` is how many may be in flight. */
  constructor(client: MqttClient, tally: Tally, window: number) {
    this.#client = client;
    this.#tally = tally;
    this.#windowMax = window;
    this.#window = window;
  }

  get inFlight(): number {
    return this.#inFlight?.size ?? 0;
  }

  /** Telemetry in flight. */
  get unacknowledged(): number {
    let count = 0;
    for (const {times} of this.#inFlight?.values() ?? []) if (times) count++;
    return count;
  }

  get hasRoom(): boolean {
    return this.inFlight < this.#window && this.#client.writableLength < UNSENT_BYTES_MAX;
  }

  /** Telemetry; only where there is a connection, and room. */
  publish(topic: EncodedTopic, qos: 0 | 1 | 2, payload: Buffer, dueMs: number): void {
    const sentMs = nowMs();
    const {measurements} = this.#tally;
    measurements.count('sent');
    measurements.count('sentBytes', payload.length);
    if (qos === 0) this.#client.writePublish(topic, 0, payload, {});
    else this.#track({topic, payload, retain: false, qos, times: [Math.min(dueMs, sentMs), sentMs]});
  }

  /** Anything else. It waits for a connection, unless its QoS is 0. */
  say(topic: string, payload: string, qos: 0 | 1, retain: boolean): void {
    const saying = {topic: encodeTopic(topic), payload: Buffer.from(payload), retain};
    if (this.#client.connected) {
      if (qos === 0) this.#client.writePublish(saying.topic, 0, saying.payload, {retain});
      else this.#track({...saying, qos, times: undefined});
      this.#client.flush();
    } else if (qos > 0) {
      this.#waiting ??= [];
      if (this.#waiting.length === WAITING_MAX) this.#waiting.shift();
      this.#waiting.push(saying);
    }
  }

  /** What was to be said is forgotten; what was measured is in the device's flash. */
  forget(): void {
    this.#waiting = undefined;
  }

  /** There is a connection: what is in flight is sent again, in its order (MQTT 3.1.1, 4.6), and then what waits. */
  connected(receiveMaximum: number): void {
    this.#window = Math.min(this.#windowMax, receiveMaximum);
    for (const [packetId, {topic, payload, qos, retain, times}] of this.#inFlight ?? []) {
      this.#client.writePublish(topic, qos, payload, {packetId, retain, dup: true});
      if (times) this.#tally.measurements.count('repeated');
    }
    for (const saying of this.#waiting?.splice(0) ?? []) this.#track({...saying, qos: 1, times: undefined});
  }

  /** False for what is not in flight. */
  acknowledged(packetId: number, reasonCode: number): boolean {
    const sent = this.#inFlight?.get(packetId);
    if (!sent) return false;
    this.#inFlight!.delete(packetId);
    if (this.#inFlight!.size === 0) this.#inFlight = undefined;
    this.#tally.inFlight(-1);
    if (sent.times) this.#measure(sent.times, reasonCode);
    return true;
  }

  #track(sent: Sent): void {
    this.#inFlight ??= new Map();
    const packetId = this.#freeId();
    this.#inFlight.set(packetId, sent);
    this.#tally.inFlight(1);
    const {topic, qos, payload, retain} = sent;
    this.#client.writePublish(topic, qos, payload, {packetId, retain});
  }

  /** The client knows which ids this connection uses; those of the one before may still be in flight here. */
  #freeId(): number {
    let packetId = this.#client.nextPacketId();
    while (this.#inFlight!.has(packetId)) packetId = this.#client.nextPacketId();
    return packetId;
  }

  #measure([dueMs, sentMs]: readonly [number, number], reasonCode: number): void {
    const {measurements} = this.#tally;
    if (reasonCode >= 0x80) {
      measurements.fail('publish', reasonName(reasonCode));
      return;
    }
    const now = nowMs();
    measurements.count('acknowledged');
    measurements.latency('puback', now - dueMs, now - sentMs);
  }
}
