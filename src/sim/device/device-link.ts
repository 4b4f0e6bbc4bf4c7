/**
 * A device's connection: it comes back after a loss, with a delay that grows and differs; what was sent at QoS 1 or 2 and
 * not acknowledged is sent again; what the device has to say meanwhile waits.
 */
import {nowMs} from '../measure/clock.js';
import {type EncodedTopic, encodeTopic} from '../wire/encoded-topic.js';
import {MqttClient} from '../wire/mqtt-client.js';
import type {ConnackDetails, MqttClientHandler, MqttClientOptions} from '../wire/mqtt-client-options.js';
import {reasonName} from '../wire/reason-codes.js';
import type {Chance} from './chance.js';
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

/** Whose connection it is: itself, as functions of its own would cost each device more than its state. */
export interface DeviceLinkOwner {
  /** What it listens to. */
  readonly filters: readonly string[];
  /** There is room for telemetry again, or `retryMs` has changed. */
  wake(): void;
  connected(): void;
  hear(topic: string, payload: Buffer): void;
  /** The first outcome of its first attempt, whatever that is. */
  settled(): void;
}

export interface DeviceLinkParts {
  readonly options: MqttClientOptions;
  readonly tally: Tally;
  readonly chance: Chance;
  /** Messages in flight at most. */
  readonly window: number;
}

const RETRY_MS_MIN = 100;
const RETRY_MS_MAX = 30_000;
const WAITING_MAX = 100;
const UNSENT_BYTES_MAX = 256 * 1024;

/** Whoever is refused so may come again; everybody else would only be refused again. */
const PASSING: ReadonlySet<string> = new Set([
  'server-busy',
  'server-unavailable',
  'connection-rate-exceeded',
  'quota-exceeded',
]);

export class DeviceLink implements MqttClientHandler {
  readonly #owner: DeviceLinkOwner;
  readonly #tally: Tally;
  readonly #chance: Chance;
  readonly #windowMax: number;
  readonly #client: MqttClient;
  #inFlight: Map<number, Sent> | undefined;
  #waiting: Saying[] | undefined;
  #window: number;
  #wanted = false;
  #refused = false;
  #state: 'away' | 'trying' | 'up' | 'closing' = 'away';
  #attempts = 0;
  #wishMs = 0;
  #openedMs = 0;
  #ever = false;
  #isSettled = false;
  /** The fault after which it is to come back. */
  #after: string | undefined;
  /** When it tries again; Infinity where it does not. */
  retryMs = Infinity;

  constructor(owner: DeviceLinkOwner, {options, tally, chance, window}: DeviceLinkParts) {
    this.#owner = owner;
    this.#tally = tally;
    this.#chance = chance;
    this.#windowMax = window;
    this.#window = window;
    this.#client = new MqttClient(options, this);
  }

  get up(): boolean {
    return this.#state === 'up';
  }

  get inFlight(): number {
    return this.#inFlight?.size ?? 0;
  }

  /** Was it told no, in a way that would be the same the next time? */
  get isRefused(): boolean {
    return this.#refused;
  }

  get unacknowledged(): number {
    let count = 0;
    for (const {times} of this.#inFlight?.values() ?? []) if (times) count++;
    return count;
  }

  get isClosed(): boolean {
    return this.#state === 'away';
  }

  get hasRoom(): boolean {
    return this.inFlight < this.#window && this.#client.writableLength < UNSENT_BYTES_MAX;
  }

  /** Connects now. `after` is the fault from which it comes back. */
  open(dueMs: number, after?: string): void {
    this.#wanted = true;
    this.#wishMs = dueMs;
    this.#after = after;
    this.#attempts = 0;
    this.#tryNow();
  }

  /** Goes in order, or without a word. Stays away until `open`. */
  close(how: 'end' | 'cut'): void {
    this.#wanted = false;
    this.retryMs = Infinity;
    if (this.#state === 'away' || this.#state === 'closing') return;
    this.#leave('closing');
    if (how === 'end') this.#client.end();
    else this.#client.destroy();
  }

  /** Does it read nothing, though it has a connection? */
  get isPaused(): boolean {
    return this.up && this.#client.paused;
  }

  pause(): void {
    if (this.up) this.#client.pause();
  }

  resume(): void {
    if (this.up) this.#client.resume();
  }

  /** What was to be said is forgotten; what was measured is in the device's flash. */
  forget(): void {
    this.#waiting = undefined;
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

  flush(): void {
    this.#client.flush();
  }

  /** Anything else. It waits for a connection, unless its QoS is 0. */
  say(topic: string, payload: string, qos: 0 | 1, retain: boolean): void {
    const saying = {topic: encodeTopic(topic), payload: Buffer.from(payload), retain};
    if (this.up) {
      if (qos === 0) this.#client.writePublish(saying.topic, 0, saying.payload, {retain});
      else this.#track({...saying, qos, times: undefined});
      this.#client.flush();
    } else if (qos > 0) {
      this.#waiting ??= [];
      if (this.#waiting.length === WAITING_MAX) this.#waiting.shift();
      this.#waiting.push(saying);
    }
  }

  wake(realMs: number): void {
    if (realMs < this.retryMs) return;
    this.retryMs = Infinity;
    this.#tryNow();
  }

  // ---- what the client says ----

  opened(_client: MqttClient, phase: 'tcp' | 'tls'): void {
    this.#tally.measurements.latency(phase, nowMs() - this.#openedMs);
  }

  connected(client: MqttClient, {receiveMaximum}: ConnackDetails): void {
    const {filters} = this.#owner;
    const {measurements} = this.#tally;
    const now = nowMs();
    this.#state = 'up';
    this.#tally.connected(1);
    this.#window = Math.min(this.#windowMax, receiveMaximum);
    measurements.latency('connack', now - this.#openedMs);
    measurements.latency('connect', now - this.#wishMs);
    measurements.count(this.#ever ? 'reconnects' : 'connected');
    if (this.#after !== undefined) measurements.recovery(this.#after, now - this.#wishMs);
    this.#after = undefined;
    this.#ever = true;
    this.#attempts = 0;
    if (filters.length > 0) client.subscribe(filters.map(topic => ({topic, qos: 1 as const})));
    this.#repeat();
    for (const saying of this.#waiting?.splice(0) ?? []) this.#track({...saying, qos: 1, times: undefined});
    this.#settle();
    this.#owner.connected();
    client.flush();
  }

  refused(_client: MqttClient, reason: string): void {
    this.#leave('away');
    this.#tally.measurements.fail('connect', reason);
    if (PASSING.has(reason)) this.#retryLater();
    else {
      this.#wanted = false;
      this.#refused = true;
    }
    this.#settle();
  }

  subscribed(_client: MqttClient, _packetId: number, reasonCodes: readonly number[]): void {
    const {measurements} = this.#tally;
    for (const code of reasonCodes) if (code >= 0x80) measurements.fail('subscribe', reasonName(code));
  }

  acknowledged(_client: MqttClient, packetId: number, reasonCode: number): void {
    const sent = this.#inFlight?.get(packetId);
    if (!sent) return;
    this.#inFlight!.delete(packetId);
    if (this.#inFlight!.size === 0) this.#inFlight = undefined;
    this.#tally.inFlight(-1);
    if (sent.times) this.#measure(sent.times, reasonCode);
    this.#owner.wake();
  }

  message(_client: MqttClient, topic: Buffer, payload: Buffer): void {
    const {measurements} = this.#tally;
    measurements.count('received');
    measurements.count('receivedBytes', payload.length);
    this.#owner.hear(topic.toString(), payload);
  }

  drained(): void {
    this.#owner.wake();
  }

  lost(_client: MqttClient, reason: string): void {
    this.#tally.measurements.fail(this.up ? 'connection' : 'connect', reason);
    if (this.up) this.#wishMs = nowMs();
    this.#leave('away');
    this.#retryLater();
    this.#settle();
  }

  ended(): void {
    this.#state = 'away';
    if (this.#wanted) this.#tryNow();
  }

  #tryNow(): void {
    if (this.#state !== 'away') return;
    this.#state = 'trying';
    this.#openedMs = nowMs();
    this.#tally.measurements.count('connectAttempts');
    this.#client.open();
  }

  #leave(state: 'away' | 'closing'): void {
    if (this.up) this.#tally.connected(-1);
    this.#state = state;
  }

  /** Devices that were cut off together do not come back together. */
  #retryLater(): void {
    if (!this.#wanted) return;
    const limitMs = Math.min(RETRY_MS_MAX, RETRY_MS_MIN * 2 ** Math.min(this.#attempts++, 16));
    this.retryMs = nowMs() + limitMs * (0.5 + this.#chance.next() / 2);
    this.#owner.wake();
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

  /** In its order (MQTT 3.1.1, 4.6). */
  #repeat(): void {
    for (const [packetId, {topic, payload, qos, retain, times}] of this.#inFlight ?? []) {
      this.#client.writePublish(topic, qos, payload, {packetId, retain, dup: true});
      if (times) this.#tally.measurements.count('repeated');
    }
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

  #settle(): void {
    if (this.#isSettled) return;
    this.#isSettled = true;
    this.#owner.settled();
  }
}
