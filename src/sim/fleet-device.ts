/** One device of a fleet: its schedule, what it has in flight, and its way back after a lost connection. */
import type {IPublishPacket} from 'mqtt-packet';
import type {Behaviour} from './device-behaviour.js';
import {type ConnectionOptions, DeviceConnection} from './device-connection.js';
import type {FleetStatistics} from './fleet-statistics.js';

interface Sent {
  readonly payload: Buffer;
  /** When it should have been sent: a late sender does not make the platform look fast. */
  readonly dueMs: number;
}

export interface FleetDeviceOptions {
  readonly connection: ConnectionOptions;
  readonly behaviour: Behaviour;
  /** Milliseconds between messages; 0 sends as fast as acknowledgements come. */
  readonly intervalMs: number;
  readonly firstDueMs: number;
  readonly window: number;
  /** Are unacknowledged messages sent again on the next connection? */
  readonly resend: boolean;
  readonly statistics: FleetStatistics;
  readonly random: () => number;
}

const PACKET_ID_MAX = 65_000;
const RECONNECT_MS_MIN = 100;
const RECONNECT_MS_MAX = 3000;

export class FleetDevice {
  readonly #options: FleetDeviceOptions;
  readonly #connection: DeviceConnection;
  readonly #inFlight = new Map<number, Sent>();
  #nextId = 1;
  #dueMs: number;
  #attempts = 0;
  #stopped = false;
  #sending = false;
  #reconnect: NodeJS.Timeout | undefined;

  constructor(options: FleetDeviceOptions) {
    this.#options = options;
    this.#dueMs = options.firstDueMs;
    this.#connection = new DeviceConnection(options.connection, {
      connected: () => this.#onConnected(),
      refused: code => options.statistics.refused(code),
      acknowledged: packetId => this.#onAcknowledged(packetId),
      command: packet => this.#onCommand(packet),
      lost: () => this.#onLost(),
    });
  }

  get inFlight(): number {
    return this.#inFlight.size;
  }

  open(): void {
    this.#connection.open();
  }

  /** The schedule begins: the first message is due then. */
  start(firstDueMs: number): void {
    this.#dueMs = firstDueMs;
    this.#sending = true;
  }

  stopSending(): void {
    this.#sending = false;
  }

  /** Sends everything that is due, as far as the window allows. */
  tick(nowMs: number, wallMs: number): void {
    if (!this.#sending || !this.#connection.connected) return;
    const {intervalMs, window} = this.#options;
    while (this.#inFlight.size < window && (intervalMs === 0 || this.#dueMs <= nowMs)) {
      const dueMs = intervalMs === 0 ? nowMs : this.#dueMs;
      this.#dueMs += intervalMs;
      this.#send(dueMs, wallMs);
    }
    this.#connection.flush();
  }

  keepAlive(nowMs: number): void {
    this.#connection.keepAlive(nowMs);
  }

  end(): void {
    this.#stopped = true;
    clearTimeout(this.#reconnect);
    this.#connection.end();
  }

  destroy(): void {
    this.#stopped = true;
    clearTimeout(this.#reconnect);
    this.#connection.destroy();
  }

  #send(dueMs: number, wallMs: number): void {
    while (this.#inFlight.has(this.#nextId)) this.#advance();
    const packetId = this.#nextId;
    this.#advance();
    const payload = this.#options.behaviour.payload(wallMs);
    this.#inFlight.set(packetId, {payload, dueMs});
    this.#connection.publish(packetId, payload);
    this.#options.statistics.sent();
  }

  #onConnected(): void {
    const {statistics, resend} = this.#options;
    this.#attempts = 0;
    statistics.connected();
    if (!resend) {
      statistics.abandoned(this.#inFlight.size);
      this.#inFlight.clear();
    }
    for (const [packetId, {payload}] of this.#inFlight) {
      this.#connection.publish(packetId, payload, true);
      statistics.repeated();
    }
    this.#connection.flush();
  }

  #onAcknowledged(packetId: number): void {
    const sent = this.#inFlight.get(packetId);
    if (!sent) return;
    this.#inFlight.delete(packetId);
    const nowMs = performance.now();
    this.#options.statistics.acknowledged(nowMs - sent.dueMs, sent.payload);
    if (this.#options.intervalMs === 0) this.#scheduleTick();
  }

  #tickScheduled = false;

  /** Without a rate, each chunk of acknowledgements is answered with as many messages, in one write. */
  #scheduleTick(): void {
    if (this.#tickScheduled) return;
    this.#tickScheduled = true;
    process.nextTick(() => {
      this.#tickScheduled = false;
      this.tick(performance.now(), Date.now());
    });
  }

  #onCommand({topic, payload}: IPublishPacket): void {
    const [prefix, id, name] = splitCommand(topic);
    if (name === undefined) return;
    const {behaviour, statistics} = this.#options;
    let data: unknown = null;
    try {
      data = JSON.parse(payload.toString());
    } catch {
      // Arguments that are no JSON are rejected by whoever needs one.
    }
    this.#connection.send(`${prefix}cmd/${id}/ack`, '{}');
    this.#connection.send(`${prefix}cmd/${id}/result`, JSON.stringify(behaviour.command(name, data)));
    statistics.answered();
  }

  /** Comes back after a delay that grows and differs, so that a fleet does not come back all at once. */
  #onLost(): void {
    if (this.#stopped) return;
    this.#options.statistics.lostConnection();
    const limitMs = Math.min(RECONNECT_MS_MAX, RECONNECT_MS_MIN * 2 ** this.#attempts++);
    const delayMs = limitMs * (0.5 + this.#options.random() / 2);
    this.#reconnect = setTimeout(() => this.#connection.open(), delayMs);
  }

  #advance(): void {
    this.#nextId = this.#nextId === PACKET_ID_MAX ? 1 : this.#nextId + 1;
  }
}

/** `{prefix}cmd/{id}/{name}` */
function splitCommand(topic: string): [string, string | undefined, string | undefined] {
  const at = topic.lastIndexOf('cmd/');
  const [id, name] = topic.slice(at + 4).split('/');
  return [topic.slice(0, at), id, name];
}
