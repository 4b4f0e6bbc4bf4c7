const DELAY_MS_MAX = 30_000;

/**
 * The wait before the next attempt, in milliseconds: twice as long each time, at most 30 s, and anything between half and all of
 * that, so that many that failed together do not come back together.
 */
export const backoffMs = (tried: number, firstMs: number): number =>
  Math.min(DELAY_MS_MAX, firstMs * 2 ** tried) * (0.5 + Math.random() / 2);
