/** The connection of an MQTT client: opened, kept alive, paused, ended or lost. What is said on it is the client's own. */
import {encodeConnect, encodeDisconnect, PINGREQ} from './control-packets.js';
import type {Link, LinkListener} from './link.js';
import {MalformedPacket} from './malformed-packet.js';
import type {MqttClientOptions} from './mqtt-client-options.js';
import {OutputBuffer, type OutputOwner} from './output-buffer.js';
import {type Reminded, TickWheel} from './tick-wheel.js';

type State = 'closed' | 'opening' | 'connecting' | 'connected' | 'ending';

const CONNECT_TIMEOUT_MS = 10_000;
/** After its DISCONNECT, a broker has this long to close the connection. */
const END_TIMEOUT_MS = 5000;

/** What moved since the last reminder. */
const SENT = 1;
const RECEIVED = 2;

/** Of all connections of a process. */
export const output = new OutputBuffer();
const wheel = new TickWheel();

export abstract class ClientConnection implements LinkListener, OutputOwner, Reminded {
  readonly options: MqttClientOptions;
  dueTick = 0;
  #state: State = 'closed';
  #link: Link | undefined;
  /** Until it is sent. */
  #connect: Buffer | undefined;
  #activity = 0;
  #pingSent = false;
  #paused = false;
  #noDelay = false;
  #keepAliveMs = 0;

  constructor(options: MqttClientOptions) {
    this.options = options;
  }

  get connected(): boolean {
    return this.#state === 'connected';
  }

  /** Does it read nothing, because it was told to? */
  get paused(): boolean {
    return this.#paused;
  }

  get protocolVersion(): 4 | 5 {
    return this.options.protocolVersion;
  }

  /** CONNECT is sent, and its answer has not come. */
  protected get connecting(): boolean {
    return this.#state === 'connecting';
  }

  /** Bytes that the kernel has not taken yet. */
  get writableLength(): number {
    return this.#link?.writableLength ?? 0;
  }

  /** Opens the connection; what becomes of it, the handler hears. Throws `IOT_USAGE` for options that MQTT does not allow. */
  open(): void {
    if (this.#state !== 'closed') throw new Error(`${this.options.clientId} is ${this.#state}`);
    this.#connect = encodeConnect(this.options);
    this.#state = 'opening';
    this.#pingSent = false;
    this.#paused = false;
    this.#noDelay = false;
    wheel.remindIn(this.options.connectTimeoutMs ?? CONNECT_TIMEOUT_MS, this);
    this.#link = this.options.endpoint.openLink(this.options, this);
  }

  /** Writes what was added. It may have left before: another client's packets push it out of the shared buffer. */
  flush(): void {
    output.flush(this);
  }

  /** Reads no more from the network; what was read already is still delivered. The broker is not blamed for silence then. */
  pause(): void {
    this.#paused = true;
    this.#link?.pause();
  }

  resume(): void {
    this.#paused = false;
    this.#pingSent = false;
    this.#link?.resume();
  }

  /** DISCONNECT after all that was written; 4 asks an MQTT 5 broker for the will (MQTT 5, 3.14.2.1). `ended` follows. */
  end(reasonCode = 0): void {
    if (!this.connected) {
      if (this.#state !== 'ending') this.destroy();
      return;
    }
    this.send(encodeDisconnect(this.protocolVersion, reasonCode));
    this.#state = 'ending';
    // Who does not read does not see the end either.
    if (this.#paused) this.#link?.resume();
    this.#link?.end();
    wheel.remindIn(END_TIMEOUT_MS, this);
  }

  /** Cuts the connection without a word, as a power cut does: the broker sends the will. `ended` follows. */
  destroy(): void {
    if (this.#state === 'closed') return;
    this.#state = 'ending';
    output.discard(this);
    this.#link?.destroy();
  }

  // ---- what a client makes of it ----

  /** Takes bytes from 0 to `end`, which are valid during the call only. Throws `MalformedPacket`. */
  protected abstract read(bytes: Buffer, end: number): void;
  /** The connection is gone, and the rest of what has come of a packet never comes. */
  protected abstract forgetPart(): void;
  protected abstract onOpened(phase: 'tcp' | 'tls'): void;
  protected abstract onDrained(): void;
  protected abstract onLost(reason: string): void;
  protected abstract onEnded(): void;

  /** The broker said yes. */
  protected accepted(keepAliveSec: number): void {
    this.#state = 'connected';
    this.#activity = 0;
    this.dueTick = 0;
    this.#keepAliveMs = keepAliveSec * 1000;
    if (this.#keepAliveMs > 0) wheel.remindIn(this.#keepAliveMs / 2, this);
  }

  /** The broker has answered a ping. */
  protected pongReceived(): void {
    this.#pingSent = false;
  }

  /** At once. */
  protected send(packet: Buffer): void {
    output.append(this, packet);
    output.flush(this);
  }

  protected lose(reason: string): void {
    this.close();
    this.onLost(reason);
  }

  protected close(): void {
    const link = this.#link;
    this.#forgetLink();
    link?.destroy();
  }

  // ---- what others tell it ----

  linkOpened(link: Link, phase: 'tcp' | 'tls'): void {
    if (link === this.#link && this.#state === 'opening') this.onOpened(phase);
  }

  linkReady(link: Link): void {
    if (link !== this.#link || this.#state !== 'opening') return;
    this.#state = 'connecting';
    link.write(this.#connect!);
    this.#connect = undefined;
  }

  linkReceived(link: Link, bytes: Buffer, end: number): void {
    if (link !== this.#link || !(this.connected || this.connecting)) return;
    this.#activity |= RECEIVED;
    try {
      this.read(bytes, end);
    } catch (error) {
      if (!(error instanceof MalformedPacket)) throw error;
      if (link === this.#link) this.lose('protocol-error');
    }
    output.flush(this);
  }

  linkDrained(link: Link): void {
    if (link === this.#link) this.onDrained();
  }

  linkClosed(link: Link, reason: string): void {
    if (link !== this.#link) return;
    if (this.#state === 'ending') {
      this.#forgetLink();
      this.onEnded();
    } else {
      this.lose(reason);
    }
  }

  writeBatch(bytes: Buffer): boolean {
    const link = this.#link;
    if (link === undefined) return true;
    this.#activity |= SENT;
    // Only who sends needs it: of several small packets on their way, none waits for the one before it (Nagle's algorithm).
    if (!this.#noDelay) {
      this.#noDelay = true;
      link.setNoDelay?.(true);
    }
    link.write(bytes);
    return link.writableLength === 0;
  }

  /** A deadline has passed, or half of the keep-alive: then a ping leaves in time (MQTT 3.1.1, 3.1.2.10). */
  remind(): void {
    if (this.connected) this.#keepAlive();
    else if (this.#state === 'ending') this.#link?.destroy();
    else this.lose('connect-timeout');
  }

  #keepAlive(): void {
    if (this.#pingSent && !this.#paused) {
      this.lose('keep-alive');
      return;
    }
    if (this.#activity !== (SENT | RECEIVED)) {
      this.#pingSent = true;
      this.send(PINGREQ);
    }
    this.#activity = 0;
    wheel.remindIn(this.#keepAliveMs / 2, this);
  }

  #forgetLink(): void {
    output.discard(this);
    this.#link = undefined;
    this.forgetPart();
    this.#connect = undefined;
    this.#state = 'closed';
    this.dueTick = 0;
  }
}
