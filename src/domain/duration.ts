/** Durations and times as people type them: `500ms`, `15m`, `2h`, `now-15m`, `yesterday`, RFC 3339. */
import {IotctlError} from './errors.js';

const UNIT_MS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
};

/** Milliseconds of `15m` or `1h30m`; throws `IOT_TIME_INVALID`. */
export function parseDurationMs(text: string): number {
  if (!/^(?:\d+(?:\.\d+)?(?:ms|s|m|h|d|w))+$/.test(text)) {
    throw new IotctlError('IOT_TIME_INVALID', `not a duration: ${JSON.stringify(text)}`);
  }
  let totalMs = 0;
  for (const [, amount, unit] of text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h|d|w)/g)) {
    totalMs += Number(amount) * UNIT_MS[unit!]!;
  }
  return totalMs;
}

/** Unix milliseconds of a point in time; a bare duration means that long ago. Throws `IOT_TIME_INVALID`. */
export function parseTimeMs(text: string, nowMs: number): number {
  if (text === 'now') return nowMs;
  if (text === 'today' || text === 'yesterday') {
    const midnightMs = Math.floor(nowMs / UNIT_MS.d!) * UNIT_MS.d!;
    return text === 'today' ? midnightMs : midnightMs - UNIT_MS.d!;
  }
  if (text.startsWith('now-')) return nowMs - parseDurationMs(text.slice(4));
  if (/^\d{4}-\d{2}-\d{2}/.test(text)) {
    const timeMs = Date.parse(
      /[T ]/.test(text) && !/(?:Z|[+-]\d{2}:?\d{2})$/i.test(text) ? `${text}Z` : text,
    );
    if (!Number.isNaN(timeMs)) return timeMs;
    throw new IotctlError('IOT_TIME_INVALID', `not a time: ${JSON.stringify(text)}`);
  }
  return nowMs - parseDurationMs(text);
}
