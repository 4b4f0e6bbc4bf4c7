/** A time that is desired of a device: seconds, or a duration as people write it. */
import {parseDurationMs} from '../../domain/duration.js';

/** Milliseconds; undefined for what is no such time, or shorter than any device's. */
export function scheduleMsOf(value: unknown): number | undefined {
  const ms = typeof value === 'number' ? value * 1000 : typeof value === 'string' ? durationMs(value) : 0;
  return ms >= 1 && Number.isFinite(ms) ? ms : undefined;
}

function durationMs(text: string): number {
  try {
    return parseDurationMs(text);
  } catch {
    return 0;
  }
}
