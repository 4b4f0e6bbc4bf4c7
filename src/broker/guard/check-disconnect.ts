/** DISCONNECT (MQTT 3.1.1 and 5, 3.14). */
import {checkRest} from './check-acknowledgement.js';
import type {ProtocolVersion} from './check-connect.js';
import {PropertyList} from './properties.js';
import {PLACE} from './property-table.js';
import {malformed, protocolError, type Violation} from './violation.js';

export interface Disconnect {
  readonly ok: true;
  readonly type: 'disconnect';
  /** 0x04 asks for the will to be published; 0 in MQTT 3. */
  readonly reasonCode: number;
  /** Replaces what CONNECT said, when it is there. */
  readonly sessionExpirySec: number | undefined;
}

const SESSION_EXPIRY = 0x11;

/** The reasons that a client may give. */
const REASON_CODES = new Set([
  0x00, 0x04, 0x80, 0x81, 0x82, 0x83, 0x90, 0x93, 0x94, 0x95, 0x96, 0x97, 0x98, 0x99,
]);

/** `connectExpirySec` is the session expiry of CONNECT: one of 0 cannot be raised any more. */
export function checkDisconnect(
  buffer: Buffer,
  at: number,
  end: number,
  version: ProtocolVersion,
  connectExpirySec: number,
): Disconnect | Violation {
  if (at === end) return {ok: true, type: 'disconnect', reasonCode: 0, sessionExpirySec: undefined};
  if (version < 5) return malformed('DISCONNECT has a body');
  const reasonCode = buffer[at]!;
  if (!REASON_CODES.has(reasonCode))
    return protocolError(`DISCONNECT with a reason that clients do not give: ${reasonCode}`);
  const found = checkRest(buffer, at + 1, end, PLACE.disconnect, 'DISCONNECT');
  if (found !== undefined) return found;
  const sessionExpirySec =
    at + 1 === end
      ? undefined
      : new PropertyList(buffer, at + 1, end, PLACE.disconnect).number(SESSION_EXPIRY);
  if (connectExpirySec === 0 && sessionExpirySec !== undefined && sessionExpirySec !== 0)
    return protocolError('DISCONNECT gives a session expiry to a session without one');
  return {ok: true, type: 'disconnect', reasonCode, sessionExpirySec};
}
