/** What the broker writes to a client, cut into packets, so that a PUBLISH can be looked at before it leaves. */
import {PACKET_BYTES_MAX, PacketFramer} from './framing.js';
import {fieldEnd, readUint16} from './text.js';

const PUBLISH = 3;
const DUP = 0x08;

/** Puts the pieces that the broker writes together; a packet that comes in pieces is a copy, and may be changed. */
export const outboundFramer = (): PacketFramer =>
  new PacketFramer({maxBytes: PACKET_BYTES_MAX, connectFirst: false});

export interface OutboundPublish {
  readonly qos: 0 | 1 | 2;
  readonly dup: boolean;
  readonly retain: boolean;
  /** 0 for QoS 0. */
  readonly packetId: number;
  readonly topicStart: number;
  readonly topicEnd: number;
}

const isPublish = (buffer: Buffer, start: number): boolean => buffer[start]! >> 4 === PUBLISH;

/** The head of a PUBLISH to a client; undefined for any other packet. */
export function readOutboundPublish(
  buffer: Buffer,
  start: number,
  bodyStart: number,
  end: number,
): OutboundPublish | undefined {
  if (!isPublish(buffer, start)) return undefined;
  const flags = buffer[start]!;
  const qos = ((flags >> 1) & 3) as 0 | 1 | 2;
  const topicEnd = fieldEnd(buffer, bodyStart, end);
  if (topicEnd < 0 || (qos > 0 && topicEnd + 2 > end)) return undefined;
  return {
    qos,
    dup: (flags & DUP) !== 0,
    retain: (flags & 1) !== 0,
    packetId: qos === 0 ? 0 : readUint16(buffer, topicEnd),
    topicStart: bodyStart + 2,
    topicEnd,
  };
}

/** Marks a PUBLISH of QoS 1 or 2 as sent before (MQTT-3.3.1-1), in place; leaves every other packet as it is. */
export function setDup(buffer: Buffer, start: number): void {
  const flags = buffer[start]!;
  if (flags >> 4 === PUBLISH && (flags & 0x06) !== 0) buffer[start] = flags | DUP;
}
