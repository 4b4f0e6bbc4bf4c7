/**
 * One MQTT connection of a simulated device, made so that a process can hold tens of thousands: no parser, no timer and no
 * buffer of its own while it is idle. It does not reconnect by itself; it is opened again.
 */
import type {ISubscription, Packet, UserProperties} from 'mqtt-packet';
import type {QoS} from '../../client/mqtt-connect.js';
import {connackDetails} from './connack.js';
import {
  encodeConnect,
  encodeDisconnect,
  encodeSubscribe,
  encodeUnsubscribe,
  PINGREQ,
} from './control-packets.js';
import type {EncodedTopic} from './encoded-topic.js';
import type {Link, LinkListener} from './link.js';
import {MalformedPacket} from './malformed-packet.js';
import type {MqttClientHandler, MqttClientOptions} from './mqtt-client-options.js';
import {OutputBuffer, type OutputOwner} from './output-buffer.js';
import {PacketExchanges} from './packet-exchanges.js';
import {type MessageDetails, type PacketSink, readPackets} from './packet-reader.js';
import type {PartialPacket} from './partial-packet.js';
import type {PayloadSource} from './payload-source.js';
import {type Confirmation, type PublishDetails, writeConfirmation, writePublish} from './publish-writer.js';
import {connackReason, reasonName} from './reason-codes.js';
import {type Reminded, TickWheel} from './tick-wheel.js';

type State = 'closed' | 'opening' | 'connecting' | 'connected' | 'ending';

const CONNECT_TIMEOUT_MS = 10_000;
/** After its DISCONNECT, a broker has this long to close the connection. */
const END_TIMEOUT_MS = 5000;
const PACKET_BYTES_MAX = 16 * 1024 * 1024;

/** The first byte that a broker sends (MQTT 3.1.1, 3.2). */
const CONNACK = 0x20;

/** What moved since the last reminder. */
const SENT = 1;
const RECEIVED = 2;

const output = new OutputBuffer();
const wheel = new TickWheel();

export class MqttClient implements LinkListener, PacketSink, OutputOwner, Reminded {
  readonly options: MqttClientOptions;
  dueTick = 0;
  readonly #handler: MqttClientHandler;
  readonly #exchanges = new PacketExchanges();
  #state: State = 'closed';
  #link: Link | undefined;
  #part: PartialPacket | undefined;
  /** Until it is sent. */
  #connect: Buffer | undefined;
  #activity = 0;
  #pingSent = false;
  #paused = false;
  #noDelay = false;
  #keepAliveMs = 0;

  constructor(options: MqttClientOptions, handler: MqttClientHandler) {
    this.options = options;
    this.#handler = handler;
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

  /** A packet id that no message or subscription uses. Throws when all are in use. */
  nextPacketId(): number {
    return this.#exchanges.nextPacketId();
  }

  /**
   * Adds a PUBLISH to what the next `flush` writes; false when there is no connection. One of QoS 2 that is repeated after
   * its PUBREC came is released instead (MQTT 3.1.1, 4.3.3).
   */
  writePublish(
    topic: EncodedTopic,
    qos: QoS,
    payload: PayloadSource | Buffer,
    details: PublishDetails,
  ): boolean {
    if (this.#state !== 'connected') return false;
    const {packetId = 0} = details;
    if (qos === 2 && this.#exchanges.isReceived(packetId)) {
      writeConfirmation(output, this, 'pubrel', packetId);
      return true;
    }
    writePublish(output, this, this.options.protocolVersion, topic, qos, payload, details);
    if (qos > 0) this.#exchanges.await(packetId, qos === 1 ? 'puback' : 'pubrec');
    return true;
  }

  /** Adds a PINGREQ: its answer, `pingAnswered`, says that the broker has read what came before it. */
  ping(): void {
    if (this.#state === 'connected') output.append(this, PINGREQ);
  }

  /** Writes what was added. It may have left before: another client's packets push it out of the shared buffer. */
  flush(): void {
    output.flush(this);
  }

  /**
   * Asks for subscriptions, at once; gives back the packet id that `subscribed` will name, 0 without a connection. Throws
   * `IOT_USAGE` for filters that MQTT does not allow.
   */
  subscribe(
    filters: readonly ISubscription[],
    properties?: {readonly subscriptionIdentifier?: number; readonly userProperties?: UserProperties},
  ): number {
    if (this.#state !== 'connected') return 0;
    const packetId = this.#exchanges.nextPacketId();
    this.#send(encodeSubscribe(this.protocolVersion, packetId, filters, properties));
    this.#exchanges.await(packetId, 'suback');
    return packetId;
  }

  /** The same for `unsubscribed`. */
  unsubscribe(filters: readonly string[]): number {
    if (this.#state !== 'connected') return 0;
    const packetId = this.#exchanges.nextPacketId();
    this.#send(encodeUnsubscribe(this.protocolVersion, packetId, filters));
    this.#exchanges.await(packetId, 'unsuback');
    return packetId;
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
    if (this.#state !== 'connected') {
      if (this.#state !== 'ending') this.destroy();
      return;
    }
    this.#send(encodeDisconnect(this.protocolVersion, reasonCode));
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

  linkOpened(link: Link, phase: 'tcp' | 'tls'): void {
    if (link === this.#link && this.#state === 'opening') this.#handler.opened?.(this, phase);
  }

  linkReady(link: Link): void {
    if (link !== this.#link || this.#state !== 'opening') return;
    this.#state = 'connecting';
    link.write(this.#connect!);
    this.#connect = undefined;
  }

  linkReceived(link: Link, bytes: Buffer, end: number): void {
    if (link !== this.#link || !this.reading) return;
    this.#activity |= RECEIVED;
    try {
      this.#read(bytes, end);
    } catch (error) {
      if (!(error instanceof MalformedPacket)) throw error;
      if (link === this.#link) this.#lose('protocol-error');
    }
    output.flush(this);
  }

  linkDrained(link: Link): void {
    if (link === this.#link) this.#handler.drained?.(this);
  }

  linkClosed(link: Link, reason: string): void {
    if (link !== this.#link) return;
    if (this.#state === 'ending') {
      this.#forgetLink();
      this.#handler.ended?.(this);
    } else {
      this.#lose(reason);
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

  get packetBytesMax(): number {
    return this.options.packetBytesMax ?? PACKET_BYTES_MAX;
  }

  get reading(): boolean {
    return this.#state === 'connected' || this.#state === 'connecting';
  }

  messageReceived(topic: Buffer, payload: Buffer, details: MessageDetails): void {
    this.#mustBeConnected();
    const {qos, packetId} = details;
    if (qos < 2 || this.#exchanges.isNew(packetId)) this.#handler.message?.(this, topic, payload, details);
    if (qos > 0 && this.#state === 'connected') {
      writeConfirmation(output, this, qos === 1 ? 'puback' : 'pubrec', packetId);
    }
  }

  confirmationReceived(kind: Confirmation, packetId: number, reasonCode: number): void {
    this.#mustBeConnected();
    if (kind === 'pubrel') {
      this.#exchanges.released(packetId);
      writeConfirmation(output, this, 'pubcomp', packetId);
    } else if (this.#exchanges.confirm(kind, packetId, reasonCode)) {
      this.#handler.acknowledged?.(this, packetId, reasonCode);
    } else {
      writeConfirmation(output, this, 'pubrel', packetId);
    }
  }

  pingAnswered(): void {
    this.#mustBeConnected();
    this.#pingSent = false;
    this.#handler.pingAnswered?.(this);
  }

  packetReceived(packet: Packet): void {
    switch (packet.cmd) {
      case 'connack':
        this.#onConnack(packet);
        break;
      case 'suback':
      case 'unsuback':
        this.#onSubscription(packet);
        break;
      case 'disconnect':
        if (this.protocolVersion === 4) throw new MalformedPacket('a DISCONNECT of MQTT 3.1.1');
        this.#lose(`disconnect:${reasonName(packet.reasonCode ?? 0)}`);
        break;
      default:
        throw new MalformedPacket(`a ${packet.cmd}, which no broker sends`);
    }
  }

  /** A deadline has passed, or half of the keep-alive: then a ping leaves in time (MQTT 3.1.1, 3.1.2.10). */
  remind(): void {
    if (this.#state === 'connected') this.#keepAlive();
    else if (this.#state === 'ending') this.#link?.destroy();
    else this.#lose('connect-timeout');
  }

  #keepAlive(): void {
    if (this.#pingSent && !this.#paused) {
      this.#lose('keep-alive');
      return;
    }
    if (this.#activity !== (SENT | RECEIVED)) {
      this.#pingSent = true;
      this.#send(PINGREQ);
    }
    this.#activity = 0;
    wheel.remindIn(this.#keepAliveMs / 2, this);
  }

  #send(packet: Buffer): void {
    output.append(this, packet);
    output.flush(this);
  }

  #read(bytes: Buffer, end: number): void {
    let at = 0;
    const part = this.#part;
    if (part === undefined) {
      // Told at once: what is no broker might never send as much as its first bytes promise.
      if (this.#state === 'connecting' && bytes[0] !== CONNACK) throw new MalformedPacket('no CONNACK');
    } else {
      at = part.take(bytes, 0, end, this.packetBytesMax);
      if (!part.whole) return;
      this.#part = undefined;
      readPackets(part.bytes, 0, part.length, this);
    }
    this.#part = readPackets(bytes, at, end, this);
  }

  #onConnack(packet: Extract<Packet, {cmd: 'connack'}>): void {
    const code = packet.reasonCode ?? packet.returnCode;
    if (this.#state !== 'connecting' || code === undefined) throw new MalformedPacket('a CONNACK');
    if (code === 0) {
      this.#accepted(packet);
    } else {
      this.#close();
      this.#handler.refused(this, connackReason(code), code);
    }
  }

  #accepted(packet: Extract<Packet, {cmd: 'connack'}>): void {
    const details = connackDetails(packet);
    if (details.sessionPresent) this.#exchanges.reconnected();
    else this.#exchanges.clear();
    this.#state = 'connected';
    this.#activity = 0;
    this.dueTick = 0;
    this.#keepAliveMs = (details.serverKeepAliveSec ?? this.options.keepAliveSec) * 1000;
    if (this.#keepAliveMs > 0) wheel.remindIn(this.#keepAliveMs / 2, this);
    this.#handler.connected(this, details);
  }

  #onSubscription({cmd, messageId, granted}: Extract<Packet, {cmd: 'suback' | 'unsuback'}>): void {
    this.#mustBeConnected();
    const packetId = messageId ?? 0;
    const codes = (granted ?? []) as readonly number[];
    this.#exchanges.answered(cmd, packetId);
    if (cmd === 'suback') this.#handler.subscribed?.(this, packetId, codes);
    else this.#handler.unsubscribed?.(this, packetId, codes);
  }

  #mustBeConnected(): void {
    if (this.#state !== 'connected') throw new MalformedPacket('a packet before the CONNACK');
  }

  #lose(reason: string): void {
    this.#close();
    this.#handler.lost(this, reason);
  }

  #close(): void {
    const link = this.#link;
    this.#forgetLink();
    link?.destroy();
  }

  #forgetLink(): void {
    output.discard(this);
    this.#link = undefined;
    this.#part = undefined;
    this.#connect = undefined;
    this.#state = 'closed';
    this.dueTick = 0;
  }
}
