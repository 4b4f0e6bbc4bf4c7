/**
 * The MQTT client of a simulated device, made so that a process can hold tens of thousands: no parser, no timer and no buffer of
 * its own while it is idle. It does not reconnect by itself; it is opened again.
 */
import type {ISubscription, Packet, UserProperties} from 'mqtt-packet';
import type {QoS} from '../../client/mqtt-connect.js';
import {ClientConnection, output} from './client-connection.js';
import {connackDetails} from './connack.js';
import {encodeSubscribe, encodeUnsubscribe, PINGREQ} from './control-packets.js';
import type {EncodedTopic} from './encoded-topic.js';
import {MalformedPacket} from './malformed-packet.js';
import type {MqttClientHandler, MqttClientOptions} from './mqtt-client-options.js';
import {PacketExchanges} from './packet-exchanges.js';
import {type MessageDetails, type PacketSink, readPackets} from './packet-reader.js';
import type {PartialPacket} from './partial-packet.js';
import type {PayloadSource} from './payload-source.js';
import {type Confirmation, type PublishDetails, writeConfirmation, writePublish} from './publish-writer.js';
import {connackReason, reasonName} from './reason-codes.js';

const PACKET_BYTES_MAX = 16 * 1024 * 1024;

/** The first byte that a broker sends (MQTT 3.1.1, 3.2). */
const CONNACK = 0x20;

export class MqttClient extends ClientConnection implements PacketSink {
  readonly #handler: MqttClientHandler;
  readonly #exchanges = new PacketExchanges();
  #part: PartialPacket | undefined;

  constructor(options: MqttClientOptions, handler: MqttClientHandler) {
    super(options);
    this.#handler = handler;
  }

  get packetBytesMax(): number {
    return this.options.packetBytesMax ?? PACKET_BYTES_MAX;
  }

  get reading(): boolean {
    return this.connected || this.connecting;
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
    if (!this.connected) return false;
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
    if (this.connected) output.append(this, PINGREQ);
  }

  /**
   * Asks for subscriptions, at once; gives back the packet id that `subscribed` will name, 0 without a connection. Throws
   * `IOT_USAGE` for filters that MQTT does not allow.
   */
  subscribe(
    filters: readonly ISubscription[],
    properties?: {readonly subscriptionIdentifier?: number; readonly userProperties?: UserProperties},
  ): number {
    if (!this.connected) return 0;
    const packetId = this.#exchanges.nextPacketId();
    this.send(encodeSubscribe(this.protocolVersion, packetId, filters, properties));
    this.#exchanges.await(packetId, 'suback');
    return packetId;
  }

  /** The same for `unsubscribed`. */
  unsubscribe(filters: readonly string[]): number {
    if (!this.connected) return 0;
    const packetId = this.#exchanges.nextPacketId();
    this.send(encodeUnsubscribe(this.protocolVersion, packetId, filters));
    this.#exchanges.await(packetId, 'unsuback');
    return packetId;
  }

  messageReceived(topic: Buffer, payload: Buffer, details: MessageDetails): void {
    this.#mustBeConnected();
    const {qos, packetId} = details;
    if (qos < 2 || this.#exchanges.isNew(packetId)) this.#handler.message?.(this, topic, payload, details);
    if (qos > 0 && this.connected) {
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
    this.pongReceived();
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
        this.lose(`disconnect:${reasonName(packet.reasonCode ?? 0)}`);
        break;
      default:
        throw new MalformedPacket(`a ${packet.cmd}, which no broker sends`);
    }
  }

  protected read(bytes: Buffer, end: number): void {
    let at = 0;
    const part = this.#part;
    if (part === undefined) {
      // Told at once: what is no broker might never send as much as its first bytes promise.
      if (this.connecting && bytes[0] !== CONNACK) throw new MalformedPacket('no CONNACK');
    } else {
      at = part.take(bytes, 0, end, this.packetBytesMax);
      if (!part.whole) return;
      this.#part = undefined;
      readPackets(part.bytes, 0, part.length, this);
    }
    this.#part = readPackets(bytes, at, end, this);
  }

  protected forgetPart(): void {
    this.#part = undefined;
  }

  protected onOpened(phase: 'tcp' | 'tls'): void {
    this.#handler.opened?.(this, phase);
  }

  protected onDrained(): void {
    this.#handler.drained?.(this);
  }

  protected onLost(reason: string): void {
    this.#handler.lost(this, reason);
  }

  protected onEnded(): void {
    this.#handler.ended?.(this);
  }

  #onConnack(packet: Extract<Packet, {cmd: 'connack'}>): void {
    const code = packet.reasonCode ?? packet.returnCode;
    if (!this.connecting || code === undefined) throw new MalformedPacket('a CONNACK');
    if (code === 0) {
      this.#welcomed(packet);
    } else {
      this.close();
      this.#handler.refused(this, connackReason(code), code);
    }
  }

  #welcomed(packet: Extract<Packet, {cmd: 'connack'}>): void {
    const details = connackDetails(packet);
    if (details.sessionPresent) this.#exchanges.reconnected();
    else this.#exchanges.clear();
    this.accepted(details.serverKeepAliveSec ?? this.options.keepAliveSec);
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
    if (!this.connected) throw new MalformedPacket('a packet before the CONNACK');
  }
}
