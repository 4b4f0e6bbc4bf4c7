import {ROWS_MAX, tooManyRows} from './rows-max.js';

/** A Monday at midnight, from which DuckDB's `time_bucket` counts. */
export const BUCKETS_SINCE_MS = Date.UTC(2000, 0, 3);

interface CutRange {
  readonly sinceMs: number;
  readonly untilMs: number;
  readonly everyMs: number;
}

/** Where every bucket of the range begins, empty ones too, in UTC, in order. Throws `IOT_REQUEST_INVALID` where there are too many. */
export function bucketsOf({sinceMs, untilMs, everyMs}: CutRange): Float64Array {
  if ((untilMs - sinceMs) / everyMs > ROWS_MAX) throw tooManyRows(`more than ${ROWS_MAX} buckets are`);
  const before = Math.floor((sinceMs - BUCKETS_SINCE_MS) / everyMs);
  const firstMs = BUCKETS_SINCE_MS + before * everyMs;
  const count = Math.max(0, Math.ceil((untilMs - firstMs) / everyMs));
  const buckets = new Float64Array(count);
  for (let index = 0; index < count; index++) buckets[index] = firstMs + index * everyMs;
  return buckets;
}
