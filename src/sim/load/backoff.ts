/**
 * How long to wait before the next attempt: anything up to a limit that doubles each time, so that a fleet that lost its broker does
 * not come back at one moment ("full jitter", M. Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog, 2015).
 */
import type {Random} from '../random.js';

export function backoffMs(
  attempt: number,
  {minMs, maxMs}: {readonly minMs: number; readonly maxMs: number},
  random: Random,
): number {
  return random() * Math.min(maxMs, minMs * 2 ** Math.min(attempt, 32));
}
