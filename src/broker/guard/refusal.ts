/** The bytes that tell a client why its connection ends (MQTT 3.1.1, 3.2; MQTT 5, 3.2 and 3.14). */
import {varint} from './replace-topic.js';
import {REASON, type Violation} from './violation.js';

export interface Refused {
  /** The protocol level of its CONNECT, valid or not; undefined when there was none to read. */
  readonly level: number | undefined;
  /** Has CONNACK been sent? */
  readonly connected: boolean;
  /** MQTT 5: the largest packet that the client takes. */
  readonly maximumPacketBytes?: number;
}

const CONNACK = 0x20;
const DISCONNECT = 0xe0;
const REASON_STRING = 0x1f;

/** The return codes of MQTT 3 (3.1.1, 3.2.2.3) for the reasons that have one; otherwise the connection just ends. */
const RETURN_CODES: ReadonlyMap<number, number> = new Map([
  [REASON.versionUnsupported, 1],
  [REASON.clientIdInvalid, 2],
  [0x88, 3],
  [0x86, 4],
  [0x87, 5],
]);

/** CONNACK or DISCONNECT to send before closing; undefined where the protocol has no words for it. */
export function encodeRefusal(
  found: Pick<Violation, 'code' | 'reason'>,
  client: Refused,
): Buffer | undefined {
  if (client.level === undefined) return undefined;
  if (client.level >= 5) return encodeReason(found, client);
  const returnCode = RETURN_CODES.get(found.code);
  if (client.connected || returnCode === undefined) return undefined;
  return Buffer.from([CONNACK, 2, 0, returnCode]);
}

/** The protocol level of a CONNECT, as far as it can be read; for the answer to one that was refused. */
export function levelOf(buffer: Buffer, bodyStart: number, end: number): number | undefined {
  const name = buffer.toString('latin1', bodyStart, Math.min(end, bodyStart + 8));
  const at = bodyStart + (name.startsWith('\0\x04MQTT') ? 6 : name.startsWith('\0\x06MQIsdp') ? 8 : Infinity);
  return at < end ? buffer[at] : undefined;
}

/** With a reason string, unless the client takes no packet of that size (MQTT-3.2.2-19, MQTT-3.14.2-3). */
function encodeReason({code, reason}: Pick<Violation, 'code' | 'reason'>, client: Refused): Buffer {
  const said = encodeWith(code, reason, client.connected);
  return said.length <= (client.maximumPacketBytes ?? Infinity)
    ? said
    : encodeWith(code, '', client.connected);
}

function encodeWith(code: number, reason: string, connected: boolean): Buffer {
  const text = Buffer.from(reason);
  const properties =
    text.length === 0
      ? Buffer.alloc(0)
      : Buffer.concat([Buffer.from([REASON_STRING, text.length >> 8, text.length & 0xff]), text]);
  const head = connected ? [code] : [0, code];
  const body = Buffer.concat([Buffer.from(head), varint(properties.length), properties]);
  return Buffer.concat([Buffer.from([connected ? DISCONNECT : CONNACK]), varint(body.length), body]);
}
