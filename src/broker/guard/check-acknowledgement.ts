/** PUBACK, PUBREC, PUBREL and PUBCOMP (MQTT 3.1.1 and 5, 3.4 to 3.7). */
import type {ProtocolVersion} from './check-connect.js';
import {PropertyList} from './properties.js';
import {PLACE} from './property-table.js';
import {readUint16} from './text.js';
import {malformed, protocolError, type Violation} from './violation.js';

export interface Acknowledgement {
  readonly ok: true;
  readonly type: 'puback' | 'pubrec' | 'pubrel' | 'pubcomp';
  readonly packetId: number;
  /** 0 in MQTT 3. */
  readonly reasonCode: number;
}

const RECEIVED = new Set([0x00, 0x10, 0x80, 0x83, 0x87, 0x90, 0x91, 0x97, 0x99]);
const RELEASED = new Set([0x00, 0x92]);

const REASON_CODES = {puback: RECEIVED, pubrec: RECEIVED, pubrel: RELEASED, pubcomp: RELEASED};

export function checkAcknowledgement(
  buffer: Buffer,
  at: number,
  end: number,
  type: Acknowledgement['type'],
  version: ProtocolVersion,
): Acknowledgement | Violation {
  if (at + 2 > end) return malformed(`${type} without a packet id`);
  const packetId = readUint16(buffer, at);
  if (packetId === 0) return protocolError(`${type} of packet id 0`);
  if (at + 2 === end) return {ok: true, type, packetId, reasonCode: 0};
  if (version < 5) return malformed(`${type} has excess bytes`);
  const reasonCode = buffer[at + 2]!;
  if (!REASON_CODES[type].has(reasonCode))
    return protocolError(`${type} with the unknown reason ${reasonCode}`);
  return (
    checkRest(buffer, at + 3, end, PLACE.acknowledgement, type) ?? {ok: true, type, packetId, reasonCode}
  );
}

/** What may follow a reason code: nothing, or properties up to the packet's end. */
export function checkRest(
  buffer: Buffer,
  at: number,
  end: number,
  place: typeof PLACE.acknowledgement | typeof PLACE.disconnect,
  type: string,
): Violation | undefined {
  if (at === end) return undefined;
  const list = new PropertyList(buffer, at, end, place);
  if (list.violation !== undefined) return list.violation;
  return list.end === end ? undefined : malformed(`${type} has excess bytes`);
}
