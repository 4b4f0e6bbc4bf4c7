/** To the peer: keeps what aedes writes within the peer's limits, and mends what aedes gets wrong. */
import type {Connection} from './connection.js';
import type {ConnectionHost} from './connection-host.js';
import {type OutboundPublish, outboundFramer, readOutboundPublish, setDup} from './guard/outbound.js';
import {InFlight} from './in-flight.js';

const PUBACK = 4;

/** Packet ids of commands: the upper half, where they are easy to tell from those that aedes gives. */
const COMMAND_ID_FIRST = 0x8000;
const COMMAND_ID_LAST = 0xffff;

/** Repetitions remembered between a CONNECT and the end of its session's queue. */
const SENT_BEFORE_MAX = 10_000;

export class Outbound {
  readonly #connection: Connection;
  readonly #host: ConnectionHost;
  readonly #framer = outboundFramer();
  readonly #inFlight = new InFlight();
  readonly #commands = new Map<number, string>();
  readonly #sentBefore = new Set<number>();
  /** PUBACKs that aedes wrote before the message was stored for those who are away. */
  readonly #heldAcks = new Map<number, Buffer>();
  readonly #publishedIds = new Set<number>();
  #nextCommandId = COMMAND_ID_FIRST;
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

  /** A free packet id for this command: its PUBACK is the command's delivery. */
  commandPacketId(commandId: string): number {
    while (this.#commands.has(this.#nextCommandId)) this.#advance();
    const packetId = this.#nextCommandId;
    this.#commands.set(packetId, commandId);
    this.#advance();
    return packetId;
  }

  /** Sends a packet of QoS 1 that did not come from aedes; too large or too many is false. */
  sendAcknowledged(packetId: number, packet: Buffer): boolean {
    if (packet.length > this.#packetBytesMax) return false;
    return this.#inFlight.send(packetId, packet, this.#send);
  }

  /** The peer's PUBACK or PUBCOMP. True when it was a command's, which aedes knows nothing of. */
  acknowledged(packetId: number): boolean {
    this.#inFlight.acknowledged(packetId, this.#send);
    const commandId = this.#commands.get(packetId);
    if (commandId === undefined) return false;
    this.#commands.delete(packetId);
    this.#host.delivered(commandId);
    return true;
  }

  /** Commands that were sent and not acknowledged: what the end of the connection leaves undelivered. */
  get undelivered(): string[] {
    return [...this.#commands.values()];
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
    this.#nextCommandId =
      this.#nextCommandId === COMMAND_ID_LAST ? COMMAND_ID_FIRST : this.#nextCommandId + 1;
  }
}
