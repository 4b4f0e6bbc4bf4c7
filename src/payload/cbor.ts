/** CBOR (RFC 8949) as JSON: bytes become hexadecimal, times RFC 3339, and whatever else a tag means, its value. */
import {decode, type TagDecodeControl} from 'cborg';
import {bigIntDecoder, bigNegIntDecoder} from 'cborg/taglib';

type TagDecoder = (decode: TagDecodeControl) => unknown;

const KNOWN: Readonly<Record<string, TagDecoder>> = {
  // RFC 8949, 3.4: a time as text, and in seconds.
  0: inside => inside(),
  1: inside => timeOf(inside()),
  2: inside => bigIntDecoder(inside),
  3: inside => bigNegIntDecoder(inside),
};

/** There is no list of all tags: those that are not known are looked through. */
const tags = new Proxy({} as Record<number, TagDecoder>, {
  get: (_, tag) => KNOWN[String(tag)] ?? ((inside: TagDecodeControl) => inside()),
});

/** One value, which has to fill the payload; maps as Maps. Throws what is wrong. */
export const decodeCbor = (payload: Uint8Array): unknown =>
  decode(payload, {useMaps: true, allowIndefinite: true, allowUndefined: true, strict: false, tags});

/** What JSON can say of it. */
export function asJson(value: unknown): unknown {
  if (value instanceof Map)
    return Object.fromEntries([...value].map(([key, inside]) => [keyOf(key), asJson(inside)]));
  if (Array.isArray(value)) return value.map(asJson);
  if (value instanceof Uint8Array) return Buffer.from(value).toString('hex');
  if (typeof value === 'number' && !Number.isFinite(value)) return String(value);
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : String(value);
  return value ?? null;
}

const keyOf = (key: unknown): string => (typeof key === 'string' ? key : JSON.stringify(asJson(key)));

function timeOf(seconds: unknown): unknown {
  const timeMs = Number(seconds) * 1000;
  return Math.abs(timeMs) <= 8.64e15 ? new Date(timeMs).toISOString() : seconds;
}
