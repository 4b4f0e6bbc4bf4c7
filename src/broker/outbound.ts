/** To the peer: keeps what aedes writes within the peer's limits, and mends what aedes gets wrong. */
import type {Connection} from './connection.js';
import type {ConnectionHost} from './connection-host.js';
import {type OutboundPublish, outboundFramer, readOutboundPublish, setDup} from './guard/outbound.js';
import {InFlight} from './in-flight.js';

const PUBACK = 4;

/** Packet ids of what the platform itself sends: the upper half, where aedes gives none. */
const OWN_ID_FIRST = 0x8000;
const OWN_ID_LAST = 0xffff;

/** Bytes on their way to a peer that does not read, above which it is cut off. */
export const CUT_OFF_BYTES = 8 * 1024 * 1024;

/** Something that the platform sends past aedes, with QoS 1. */
export interface OwnMessage {
  /** What is left undelivered when the connection ends, where somebody has to know. */
  readonly commandId?: string | undefined;
  /** Called with the peer's PUBACK. */
  acknowledged(): void;
}

/** Repetitions remembered between a CONNECT and the end of its session's queue. */
const SENT_BEFORE_MAX = 10_000;

export class Outbound {
  readonly #connection: Connection;
  readonly #host: ConnectionHost;
  readonly #framer = outboundFramer();
  readonly #inFlight = new InFlight();
  readonly #own = new Map<number, OwnMessage>();
  readonly #sentBefore = new Set<number>();
  /** PUBACKs that aedes wrote before the message was stored for those who are away. */
  readonly #heldAcks = new Map<number, Buffer>();
  readonly #publishedIds = new Set<number>();
  #nextOwnId = OWN_ID_FIRST;
  #packetBytesMax = Number.POSITIVE_INFINITY;

  constructor(connection: Connection, host: ConnectionHost) {
    this.#connection = connection;
    this.#host = host;
  }

  limit({maximumPacketBytes, receiveMaximum}: {maximumPacketBytes: number; receiveMaximum: number}): void {
    this.#packetBytesMax = maximumPacketBytes;
    this.#inFlight.setMax(receiveMaximum);
  }

  /** Bytes from aedes. */
  write(chunk: Buffer): void {
    this.#framer.feed(chunk, this.#take);
  }

  /** Is there a packet that the peer takes, and this is not? (MQTT 5.0, 3.1.2.11.4) */
  isTooLarge(packet: Buffer): boolean {
    return packet.length > this.#packetBytesMax;
  }

  /** Sends a message of QoS 1 that does not come from aedes; `encode` gives the packet with that id. */
  sendOwn(message: OwnMessage, encode: (packetId: number) => Buffer): boolean {
    while (this.#own.has(this.#nextOwnId)) this.#advance();
    const packetId = this.#nextOwnId;
    this.#advance();
    const packet = encode(packetId);
    if (this.isTooLarge(packet) || !this.#inFlight.send(packetId, packet, this.#send)) return false;
    this.#own.set(packetId, message);
    return true;
  }

  /** The peer's PUBACK or PUBCOMP. True when it was of the platform's own message, which aedes knows nothing of. */
  acknowledged(packetId: number): boolean {
    this.#inFlight.acknowledged(packetId, this.#send);
    const message = this.#own.get(packetId);
    if (message === undefined) return false;
    this.#own.delete(packetId);
    message.acknowledged();
    return true;
  }

  /** Commands that were sent and not acknowledged: what the end of the connection leaves undelivered. */
  get undelivered(): string[] {
    return [...this.#own.values()].flatMap(({commandId}) => commandId ?? []);
  }

  sentBefore(packetId: number): void {
    if (this.#sentBefore.size < SENT_BEFORE_MAX) this.#sentBefore.add(packetId);
  }

  /** A message of this peer is stored and given to those who are here: its PUBACK may leave. */
  published(packetId: number | undefined): void {
    if (packetId === undefined) return;
    const held = this.#heldAcks.get(packetId);
    if (held) {
      this.#heldAcks.delete(packetId);
      this.#connection.send(held);
    } else {
      this.#publishedIds.add(packetId);
    }
  }

  readonly #send = (packet: Buffer): void => this.#connection.send(packet);

  readonly #take = (buffer: Buffer, start: number, bodyStart: number, end: number): boolean => {
    const publish = readOutboundPublish(buffer, start, bodyStart, end);
    if (publish) this.#publish(publish, buffer, start, end);
    else if (buffer[start]! >> 4 === PUBACK) this.#puback(buffer.subarray(start, end), bodyStart - start);
    else this.#send(buffer.subarray(start, end));
    return true;
  };

  #publish(publish: OutboundPublish, buffer: Buffer, start: number, end: number): void {
    if (end - start > this.#packetBytesMax) {
      this.#drop(publish, buffer);
      return;
    }
    if (publish.qos === 0) {
      this.#send(buffer.subarray(start, end));
      return;
    }
    if (this.#sentBefore.delete(publish.packetId)) setDup(buffer, start);
    if (!this.#inFlight.send(publish.packetId, buffer.subarray(start, end), this.#send)) {
      this.#connection.cutOff('acknowledges nothing');
    }
  }

  /** MQTT 5.0, 3.1.2.11.4: a message that the client does not take counts as delivered. */
  #drop({qos, packetId, topicStart, topicEnd}: OutboundPublish, buffer: Buffer): void {
    this.#host.refusals.report({
      type: 'message.dropped',
      tenant: this.#connection.tenant,
      device: this.#connection.device,
      reason: 'larger than the subscriber’s maximum packet size',
      subject: buffer.toString('utf8', topicStart, topicEnd),
    });
    const id = [packetId >> 8, packetId & 0xff];
    if (qos === 1) this.#connection.forward(Buffer.from([0x40, 2, ...id]));
    // A PUBREC that refuses ends the exchange (4.3.3): aedes forgets the message.
    if (qos === 2) this.#connection.forward(Buffer.from([0x50, 3, ...id, 0x95]));
  }

  #puback(packet: Buffer, bodyStart: number): void {
    const packetId = packet.readUInt16BE(bodyStart);
    const refused = packet.length > bodyStart + 2 && packet[bodyStart + 2]! >= 0x80;
    if (refused || this.#publishedIds.delete(packetId)) this.#send(packet);
    else this.#heldAcks.set(packetId, Buffer.from(packet));
  }

  #advance(): void {
    this.#nextOwnId = this.#nextOwnId === OWN_ID_LAST ? OWN_ID_FIRST : this.#nextOwnId + 1;
  }
}
