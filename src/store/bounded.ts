/** Work on DuckDB within a time, one of so many at once, and ended early when nobody wants it any more. */
import {IotctlError} from '../domain/errors.js';
import type {Slots} from './slots.js';

export interface Bounds {
  readonly slots: Slots;
  /** What is left of the time. */
  readonly restMs: number;
  /** The whole of it, for the words of the error. */
  readonly timeoutMs: number;
  /** Each ends the work when it aborts, with its reason. */
  readonly endings: readonly AbortSignal[];
}

/** What does not heed its interruption is given up this long after it; its slot stays taken until it ends. */
const GRACE_MS = 500;

/** Throws `IOT_QUERY_TIMEOUT`, `IOT_PART_UNAVAILABLE` (too many wait), or the reason of an ending. */
export async function bounded<T>(
  {slots, restMs, timeoutMs, endings}: Bounds,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  // Not `AbortSignal.any`: what listens to its signal lives as long as its sources do, and these live as long as the store.
  const over = new AbortController();
  const {signal} = over;
  const endNow = (event: Event): void => over.abort((event.target as AbortSignal).reason);
  for (const ending of endings) ending.addEventListener('abort', endNow, {once: true});
  const timer = setTimeout(() => over.abort(timedOut(timeoutMs)), Math.max(0, restMs));
  try {
    for (const ending of endings) ending.throwIfAborted();
    const giveBack = await slots.take(signal);
    const working = work(signal).finally(giveBack);
    return await Promise.race([working, givenUp(signal)]);
  } catch (error) {
    throw signal.aborted ? signal.reason : error;
  } finally {
    clearTimeout(timer);
    for (const ending of endings) ending.removeEventListener('abort', endNow);
  }
}

const timedOut = (timeoutMs: number): IotctlError =>
  new IotctlError('IOT_QUERY_TIMEOUT', `the query took longer than ${timeoutMs} ms`);

function givenUp(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener(
      'abort',
      () => setTimeout(() => reject(signal.reason as Error), GRACE_MS).unref(),
      {once: true},
    );
  });
}
