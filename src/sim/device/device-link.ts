/** A device's connection: it comes back after a loss, with a delay that grows and differs. What is said over it are its messages. */
import {nowMs} from '../measure/clock.js';
import type {EncodedTopic} from '../wire/encoded-topic.js';
import {MqttClient} from '../wire/mqtt-client.js';
import type {ConnackDetails, MqttClientHandler, MqttClientOptions} from '../wire/mqtt-client-options.js';
import {reasonName} from '../wire/reason-codes.js';
import type {Chance} from './chance.js';
import {DeviceMessages} from './device-messages.js';
import type {Tally} from './tally.js';

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
  readonly #client: MqttClient;
  readonly #messages: DeviceMessages;
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
    this.#client = new MqttClient(options, this);
    this.#messages = new DeviceMessages(this.#client, tally, window);
  }

  get up(): boolean {
    return this.#state === 'up';
  }

  get inFlight(): number {
    return this.#messages.inFlight;
  }

  /** Was it told no, in a way that would be the same the next time? */
  get isRefused(): boolean {
    return this.#refused;
  }

  get unacknowledged(): number {
    return this.#messages.unacknowledged;
  }

  get isClosed(): boolean {
    return this.#state === 'away';
  }

  get hasRoom(): boolean {
    return this.#messages.hasRoom;
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
    this.#messages.forget();
  }

  /** Telemetry; only where there is a connection, and room. */
  publish(topic: EncodedTopic, qos: 0 | 1 | 2, payload: Buffer, dueMs: number): void {
    this.#messages.publish(topic, qos, payload, dueMs);
  }

  flush(): void {
    this.#client.flush();
  }

  /** Anything else. It waits for a connection, unless its QoS is 0. */
  say(topic: string, payload: string, qos: 0 | 1, retain: boolean): void {
    this.#messages.say(topic, payload, qos, retain);
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
    measurements.latency('connack', now - this.#openedMs);
    measurements.latency('connect', now - this.#wishMs);
    measurements.count(this.#ever ? 'reconnects' : 'connected');
    if (this.#after !== undefined) measurements.recovery(this.#after, now - this.#wishMs);
    this.#after = undefined;
    this.#ever = true;
    this.#attempts = 0;
    if (filters.length > 0) client.subscribe(filters.map(topic => ({topic, qos: 1 as const})));
    this.#messages.connected(receiveMaximum);
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
    if (this.#messages.acknowledged(packetId, reasonCode)) this.#owner.wake();
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

  #settle(): void {
    if (this.#isSettled) return;
    this.#isSettled = true;
    this.#owner.settled();
  }
}
