/**
 * DuckDB's values as JSON shows them.
 *
 * Integers and decimals are numbers where a number holds them exactly, else strings; NaN and the infinities are the
 * strings `NaN`, `Infinity` and `-Infinity`; times are RFC 3339 in UTC; bytes are base64; a JSON column is its text;
 * lists are arrays, structs and maps are objects.
 */
import {
  DuckDBArrayValue,
  DuckDBBlobValue,
  DuckDBDateValue,
  DuckDBDecimalValue,
  DuckDBListValue,
  DuckDBMapValue,
  DuckDBStructValue,
  DuckDBTimestampMillisecondsValue,
  DuckDBTimestampNanosecondsValue,
  DuckDBTimestampSecondsValue,
  DuckDBTimestampTZValue,
  DuckDBTimestampValue,
  DuckDBUnionValue,
  type DuckDBValue,
} from '@duckdb/node-api';

/** Decimals of up to this many digits survive the way through a double and back. */
const EXACT_DIGITS = 15;

export function jsonOf(value: DuckDBValue): unknown {
  if (value === null || typeof value === 'boolean' || typeof value === 'string') return value;
  if (typeof value === 'number') return Number.isFinite(value) ? value : String(value);
  if (typeof value === 'bigint') return integerOf(value);
  if (value instanceof DuckDBDecimalValue) return decimalOf(value);
  if (value instanceof DuckDBBlobValue) return Buffer.from(value.bytes).toString('base64');
  if (value instanceof DuckDBListValue || value instanceof DuckDBArrayValue) return value.items.map(jsonOf);
  if (value instanceof DuckDBStructValue) return objectOf(Object.entries(value.entries));
  if (value instanceof DuckDBMapValue)
    return objectOf(value.entries.map(({key, value: item}) => [keyOf(key), item]));
  if (value instanceof DuckDBUnionValue) return jsonOf(value.value);
  return timeOf(value) ?? String(value);
}

const integerOf = (value: bigint): number | string =>
  value >= BigInt(Number.MIN_SAFE_INTEGER) && value <= BigInt(Number.MAX_SAFE_INTEGER)
    ? Number(value)
    : value.toString();

function decimalOf(value: DuckDBDecimalValue): number | string {
  const text = value.toString();
  return text.replace(/^-?0*\.?|\./g, '').length <= EXACT_DIGITS ? Number(text) : text;
}

const keyOf = (key: DuckDBValue): string => {
  const shown = jsonOf(key);
  return typeof shown === 'string' ? shown : JSON.stringify(shown);
};

const objectOf = (entries: readonly (readonly [string, DuckDBValue])[]): Record<string, unknown> =>
  Object.fromEntries(entries.map(([key, item]) => [key, jsonOf(item)]));

/** The session's time zone is UTC, so a TIMESTAMP without one is in UTC too. */
function timeOf(value: DuckDBValue): string | undefined {
  if (value instanceof DuckDBTimestampTZValue || value instanceof DuckDBTimestampValue)
    return rfc3339(value.micros);
  if (value instanceof DuckDBTimestampMillisecondsValue) return rfc3339(value.millis * 1000n);
  if (value instanceof DuckDBTimestampSecondsValue) return rfc3339(value.seconds * 1_000_000n);
  if (value instanceof DuckDBTimestampNanosecondsValue) return rfc3339(value.nanos / 1000n);
  if (value instanceof DuckDBDateValue) return value.toString();
  return undefined;
}

const INFINITE_MICROS = 2n ** 63n - 1n;

/** `2026-01-31T12:00:00.000Z`; six digits where there are microseconds. */
export function rfc3339(micros: bigint): string {
  if (micros >= INFINITE_MICROS) return 'infinity';
  if (micros <= -INFINITE_MICROS) return '-infinity';
  const rest = ((micros % 1000n) + 1000n) % 1000n;
  const date = new Date(Number((micros - rest) / 1000n));
  // DuckDB's range is a little wider than that of a Date.
  if (Number.isNaN(date.getTime())) return `${micros} microseconds`;
  const text = date.toISOString();
  return rest === 0n ? text : text.replace('Z', `${String(rest).padStart(3, '0')}Z`);
}

/** About how many bytes a value takes in JSON. */
export function jsonBytes(value: unknown): number {
  if (typeof value === 'string') return value.length + 2;
  if (Array.isArray(value))
    return (value as unknown[]).reduce<number>((sum, item) => sum + jsonBytes(item) + 1, 2);
  if (typeof value === 'object' && value !== null) {
    return Object.entries(value).reduce((sum, [key, item]) => sum + key.length + 4 + jsonBytes(item), 2);
  }
  return 8;
}
