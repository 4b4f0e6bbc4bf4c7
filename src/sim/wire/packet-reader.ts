/**
 * Cuts what a broker sends into packets. PUBLISH and acknowledgements, which are nearly everything, are read by hand from
 * the buffer that all connections share; the rest goes through mqtt-packet.
 */
import type {Packet} from 'mqtt-packet';
import type {QoS} from '../../client/mqtt-connect.js';
import {decodePacket} from './control-packets.js';
import {MalformedPacket} from './malformed-packet.js';
import {PartialPacket} from './partial-packet.js';
import type {Confirmation} from './publish-writer.js';

/** What a PUBLISH says besides its topic and payload. One object for all messages: valid during the call only. */
export interface MessageDetails {
  qos: QoS;
  retain: boolean;
  dup: boolean;
  /** 0 with QoS 0. */
  packetId: number;
  /** Those of MQTT 5 as they came, without their length before them; undefined with none. */
  properties: Buffer | undefined;
}

/** Hears of whole packets. What is handed over is valid during the call only. */
export interface PacketSink {
  readonly protocolVersion: 4 | 5;
  readonly packetBytesMax: number;
  /** False once the connection is over: what follows is not read. */
  readonly reading: boolean;
  messageReceived(topic: Buffer, payload: Buffer, details: MessageDetails): void;
  confirmationReceived(kind: Confirmation, packetId: number, reasonCode: number): void;
  pingAnswered(): void;
  packetReceived(packet: Packet): void;
}

const TYPE = {publish: 3, puback: 4, pubrec: 5, pubrel: 6, pubcomp: 7, pingresp: 13} as const;
const CONFIRMATION_OF: readonly Confirmation[] = ['puback', 'pubrec', 'pubrel', 'pubcomp'];
/** Reserved, and not 0, in a PUBREL (MQTT 3.1.1, 3.6.1). */
const PUBREL_FLAGS = 2;

const details: MessageDetails = {qos: 0, retain: false, dup: false, packetId: 0, properties: undefined};

/**
 * Reads the packets between `start` and `end`; gives back the last one when it is not all there. Throws
 * `MalformedPacket`.
 */
export function readPackets(
  bytes: Buffer,
  start: number,
  end: number,
  sink: PacketSink,
): PartialPacket | undefined {
  let at = start;
  while (at < end && sink.reading) {
    const packetAt = at;
    let bodyAt = at + 1;
    let remaining = 0;
    let shift = 0;
    let byte = 0x80;
    while (byte > 0x7f && bodyAt < end && shift < 28) {
      byte = bytes[bodyAt++]!;
      remaining |= (byte & 0x7f) << shift;
      shift += 7;
    }
    if (byte > 0x7f || bodyAt + remaining > end) {
      const part = new PartialPacket();
      part.take(bytes, packetAt, end, sink.packetBytesMax);
      return part;
    }
    at = bodyAt + remaining;
    readPacket(bytes, packetAt, bodyAt, at, sink);
  }
  return undefined;
}

function readPacket(bytes: Buffer, start: number, bodyAt: number, end: number, sink: PacketSink): void {
  const type = bytes[start]! >> 4;
  const flags = bytes[start]! & 0x0f;
  switch (type) {
    case TYPE.publish:
      readPublish(bytes, flags, bodyAt, end, sink);
      break;
    case TYPE.puback:
    case TYPE.pubrec:
    case TYPE.pubrel:
    case TYPE.pubcomp:
      readConfirmation(CONFIRMATION_OF[type - TYPE.puback]!, flags, bytes, bodyAt, end, sink);
      break;
    case TYPE.pingresp:
      if (flags !== 0 || bodyAt !== end) throw new MalformedPacket('a PINGRESP with a body');
      sink.pingAnswered();
      break;
    default:
      sink.packetReceived(decodePacket(bytes.subarray(start, end), sink.protocolVersion));
  }
}

/** MQTT 3.1.1, 3.3; MQTT 5, 3.3. */
function readPublish(bytes: Buffer, flags: number, bodyAt: number, end: number, sink: PacketSink): void {
  const qos = (flags >> 1) & 3;
  const topicAt = bodyAt + 2;
  const topicEnd = topicAt + (bytes[bodyAt]! << 8) + bytes[bodyAt + 1]!;
  let at = topicEnd + (qos > 0 ? 2 : 0);
  // Without topic aliases, which this client never allows, a topic has at least one byte.
  if (qos === 3 || topicAt >= topicEnd || topicAt > end || at > end) {
    throw new MalformedPacket('a PUBLISH without a topic, or of QoS 3');
  }
  details.qos = qos as QoS;
  details.retain = (flags & 1) !== 0;
  details.dup = (flags & 8) !== 0;
  details.packetId = qos > 0 ? (bytes[topicEnd]! << 8) | bytes[topicEnd + 1]! : 0;
  if (qos > 0 && details.packetId === 0) throw new MalformedPacket('a PUBLISH with packet id 0');
  details.properties = undefined;
  if (sink.protocolVersion === 5) at = readProperties(bytes, at, end);
  sink.messageReceived(bytes.subarray(topicAt, topicEnd), bytes.subarray(at, end), details);
}

/** Gives back where the payload begins. */
function readProperties(bytes: Buffer, start: number, end: number): number {
  let at = start;
  let length = 0;
  let shift = 0;
  let byte = 0x80;
  while (byte > 0x7f && at < end && shift < 28) {
    byte = bytes[at++]!;
    length |= (byte & 0x7f) << shift;
    shift += 7;
  }
  if (byte > 0x7f || at + length > end)
    throw new MalformedPacket('properties that are longer than their PUBLISH');
  if (length > 0) details.properties = bytes.subarray(at, at + length);
  return at + length;
}

/** MQTT 5 may add a reason code and properties (3.4.2); without, it is success. */
function readConfirmation(
  kind: Confirmation,
  flags: number,
  bytes: Buffer,
  bodyAt: number,
  end: number,
  sink: PacketSink,
): void {
  const length = end - bodyAt;
  if (
    flags !== (kind === 'pubrel' ? PUBREL_FLAGS : 0) ||
    length < 2 ||
    (sink.protocolVersion === 4 && length > 2)
  ) {
    throw new MalformedPacket(`a ${kind} of ${length} bytes`);
  }
  const packetId = (bytes[bodyAt]! << 8) | bytes[bodyAt + 1]!;
  sink.confirmationReceived(kind, packetId, length > 2 ? bytes[bodyAt + 2]! : 0);
}
