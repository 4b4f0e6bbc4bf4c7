/** Times as files have them. */
import {IotctlError} from '../../domain/errors.js';

/** Numbers above this are milliseconds: as seconds they would be in the year 5138. */
const SECONDS_MAX = 1e11;

const WITHOUT_ZONE = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d(?:\.\d+)?)?))?$/;
const WITH_ZONE = /^\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)$/i;
const OFFSET = /^([+-])(\d\d):?(\d\d)$/;
const MINUTE_MS = 60_000;

/** Unix milliseconds of RFC 3339, of a date and time without a zone, or of Unix seconds or milliseconds. Throws `IOT_INPUT_INVALID`. */
export function timeMsOf(cell: unknown, utcOffsetMs: number): number {
  const timeMs = typeof cell === 'string' ? ofText(cell.trim(), utcOffsetMs) : ofNumber(cell);
  if (timeMs !== undefined && !Number.isNaN(timeMs)) return timeMs;
  throw new IotctlError(
    'IOT_INPUT_INVALID',
    `not a time: ${(JSON.stringify(cell) ?? 'nothing').slice(0, 80)}`,
  );
}

function ofText(text: string, utcOffsetMs: number): number | undefined {
  if (/^[+-]?\d+(?:\.\d+)?$/.test(text)) return ofNumber(Number(text));
  const local = WITHOUT_ZONE.exec(text);
  if (local) return Date.parse(`${local[1]}T${local[2] ?? '00:00'}Z`) - utcOffsetMs;
  return WITH_ZONE.test(text) ? Date.parse(text.replace(' ', 'T')) : undefined;
}

function ofNumber(value: unknown): number | undefined {
  if (typeof value === 'bigint') return ofNumber(Number(value));
  if (typeof value !== 'number' || !Number.isFinite(value)) return undefined;
  return Math.abs(value) > SECONDS_MAX ? Math.trunc(value) : Math.round(value * 1000);
}

/** `+02:00`, `-0530` or `Z`. Throws `IOT_USAGE`. */
export function parseUtcOffsetMs(text: string): number {
  if (text === 'Z') return 0;
  const match = OFFSET.exec(text);
  if (!match) throw new IotctlError('IOT_USAGE', `--utc-offset ${text}: write +02:00, -05:30 or Z`);
  const [, sign, hours, minutes] = match;
  return (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes)) * MINUTE_MS;
}
