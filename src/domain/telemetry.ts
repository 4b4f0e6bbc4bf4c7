/**
 * What a device's telemetry says. On the wire a reading is small: `{"temperature":21.5}`, or
 * `{"ts":1700000000000,"v":{"temperature":21.5}}` with the device's own clock, or an array of either.
 */

/** One value of one metric. */
export interface Reading {
  /** The device's clock in Unix milliseconds, when it gave one. */
  readonly timeMs: number | undefined;
  readonly metric: string;
  /** Numbers as they are; true is 1 and false is 0. */
  readonly value: number;
}

export type Decoded =
  | {readonly ok: true; readonly timeMs: number | undefined; readonly body: unknown}
  | {readonly ok: false; readonly reason: string};

/** Deeper JSON than this is kept as `undecodable`: no reader of it can be made to overflow its stack. */
export const DEPTH_MAX = 32;

/** The largest time that a JavaScript Date can hold, in Unix milliseconds (ECMA-262, 21.4.1.1). */
export const TIME_MS_MAX = 8.64e15;

/**
 * Checks that a payload is telemetry and finds the newest device time in it.
 * Every JSON value that is an object, or an array of objects, is telemetry.
 */
export function decodeTelemetry(payload: Uint8Array): Decoded {
  const parsed = parseJson(payload);
  if (!parsed.ok) return parsed;
  const entries = Array.isArray(parsed.value) ? (parsed.value as unknown[]) : [parsed.value];
  if (entries.length === 0) return {ok: false, reason: 'an empty array'};
  let newestMs: number | undefined;
  for (const entry of entries) {
    if (!isObject(entry)) return {ok: false, reason: 'not an object or an array of objects'};
    const time = entryTime(entry);
    if (time === 'invalid') return {ok: false, reason: '`ts` is not a time in Unix milliseconds'};
    if (time !== undefined && (newestMs === undefined || time > newestMs)) newestMs = time;
  }
  return {ok: true, timeMs: newestMs, body: parsed.value};
}

/** Parses a payload that has to be JSON (`event/…`, `status`, command results). */
export function parseJson(
  payload: Uint8Array,
): {readonly ok: true; readonly value: unknown} | {readonly ok: false; readonly reason: string} {
  const text = utf8Of(payload);
  if (text === undefined) return {ok: false, reason: 'not UTF-8'};
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return {ok: false, reason: `not JSON: ${(error as Error).message.slice(0, 120)}`};
  }
  if (nestedDeeperThan(value, DEPTH_MAX)) return {ok: false, reason: `nested deeper than ${DEPTH_MAX}`};
  return {ok: true, value};
}

/** The readings in telemetry that `decodeTelemetry` accepted; nested objects join their keys with a dot. */
export function readingsOf(body: unknown): Reading[] {
  const readings: Reading[] = [];
  for (const entry of Array.isArray(body) ? (body as unknown[]) : [body]) {
    if (!isObject(entry)) continue;
    const time = entryTime(entry);
    const timeMs = time === 'invalid' ? undefined : time;
    collect(readings, timeMs, '', isTimed(entry) ? entry.v : entry);
  }
  return readings;
}

function collect(readings: Reading[], timeMs: number | undefined, prefix: string, values: unknown): void {
  if (!isObject(values)) return;
  for (const key in values) {
    const value = values[key];
    if (typeof value === 'number') {
      if (Number.isFinite(value)) readings.push({timeMs, metric: prefix + key, value});
    } else if (typeof value === 'boolean') {
      readings.push({timeMs, metric: prefix + key, value: value ? 1 : 0});
    } else if (isObject(value)) {
      collect(readings, timeMs, `${prefix}${key}.`, value);
    }
  }
}

type JsonObject = Record<string, unknown>;

const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** `{"ts":…,"v":{…}}`; an object without `v` is plain readings, even when one of them is called `ts`. */
const isTimed = (entry: JsonObject): entry is JsonObject & {v: JsonObject} => isObject(entry.v);

function entryTime(entry: JsonObject): number | undefined | 'invalid' {
  if (!isTimed(entry) || entry.ts === undefined || entry.ts === null) return undefined;
  const {ts} = entry;
  return typeof ts === 'number' && Math.abs(ts) <= TIME_MS_MAX ? Math.trunc(ts) : 'invalid';
}

const strictUtf8 = new TextDecoder('utf-8', {fatal: true, ignoreBOM: true});

/** Short payloads are nearly always ASCII, and latin1 is several times faster than a TextDecoder. */
function utf8Of(payload: Uint8Array): string | undefined {
  const bytes = Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength);
  let ascii = true;
  for (let index = 0; index < bytes.length; index++) {
    if (bytes[index]! > 0x7f) {
      ascii = false;
      break;
    }
  }
  if (ascii) return bytes.toString('latin1');
  try {
    return strictUtf8.decode(bytes);
  } catch {
    return undefined;
  }
}

/** Looks no deeper than that, so that it is safe for JSON of any depth. */
export function nestedDeeperThan(value: unknown, depth: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (depth === 0) return true;
  for (const key in value) {
    const child = (value as JsonObject)[key];
    if (typeof child === 'object' && child !== null && nestedDeeperThan(child, depth - 1)) return true;
  }
  return false;
}
