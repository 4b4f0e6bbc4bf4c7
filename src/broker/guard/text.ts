/** UTF-8 strings in MQTT packets (MQTT 3.1.1, 1.5.3; MQTT 5, 1.5.4): well-formed, and without U+0000. */
import {isUtf8} from 'node:buffer';

const SPACE = 0x20;
const DELETE = 0x7f;

/** Are the bytes `[start, end)` a string that MQTT allows? Surrogates and overlong forms are not. */
export function isMqttText(buffer: Buffer, start: number, end: number): boolean {
  const text = buffer.subarray(start, end);
  return !text.includes(0) && isUtf8(text);
}

/**
 * The same for what names something (topics, filters, client ids, user names), which ends up in logs and terminals:
 * no control characters either. MQTT says that they should not be there, and that a receiver may refuse them.
 */
export function isMqttName(buffer: Buffer, start: number, end: number): boolean {
  for (let at = start; at < end; at++) {
    const byte = buffer[at]!;
    if (isControl(byte)) return false;
    if (byte >= 0x80) return isNameBeyondAscii(buffer, at, end);
  }
  return true;
}

/** The control characters that are one byte in UTF-8. */
export const isControl = (byte: number): boolean => byte < SPACE || byte === DELETE;

function isNameBeyondAscii(buffer: Buffer, start: number, end: number): boolean {
  const rest = buffer.subarray(start, end);
  return isUtf8(rest) && !/\p{Cc}/u.test(rest.toString());
}

/** The end of a length-prefixed field at `at`, or -1 where it does not fit before `limit`. Its content starts at `at + 2`. */
export function fieldEnd(buffer: Buffer, at: number, limit: number): number {
  if (at + 2 > limit) return -1;
  const end = at + 2 + (buffer[at]! << 8) + buffer[at + 1]!;
  return end > limit ? -1 : end;
}

export const readUint16 = (buffer: Buffer, at: number): number => (buffer[at]! << 8) | buffer[at + 1]!;

/** A variable byte integer with the offset behind it; undefined when cut short, longer than four bytes, or not minimal. */
export function readVarint(
  buffer: Buffer,
  at: number,
  limit: number,
): {value: number; end: number} | undefined {
  let value = 0;
  for (let index = 0; index < 4 && at + index < limit; index++) {
    const byte = buffer[at + index]!;
    value += (byte & 0x7f) * 2 ** (7 * index);
    if (byte < 0x80) return byte === 0 && index > 0 ? undefined : {value, end: at + index + 1};
  }
  return undefined;
}

const INHERITED_BYTES_MIN = 7;
const INHERITED_BYTES_MAX = 20;

/**
 * Does every object inherit a property of this name (`constructor`, `__proto__`, …)? Aedes keeps clients and
 * subscriptions in plain objects, in which such an id or topic is found without ever having been put there.
 */
export const isInheritedName = (text: string): boolean =>
  text.length >= INHERITED_BYTES_MIN && text.length <= INHERITED_BYTES_MAX && text in Object.prototype;

/** The same for bytes, without making a string of what is too short or too long. */
export const isInheritedNameAt = (buffer: Buffer, start: number, end: number): boolean =>
  end - start >= INHERITED_BYTES_MIN &&
  end - start <= INHERITED_BYTES_MAX &&
  isInheritedName(buffer.toString('latin1', start, end));
