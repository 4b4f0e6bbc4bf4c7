/** What is asked of the store in SQL, and how its answer comes. */

import type {Freshness} from './stats.js';

/** What can be bound to a parameter. A text becomes what it is compared with: a time, a number. */
export type QueryValue = string | number | boolean | null;

/** Answers that come row by row, and are never in memory as a whole. */
export const STREAM_FORMATS = ['ndjson', 'csv', 'parquet'] as const;
export type StreamFormat = (typeof STREAM_FORMATS)[number];

/** What is known of an answer when its last row is there. */
export interface QueryEnd {
  readonly rows: number;
  /** There were more rows than were asked for. */
  readonly truncated: boolean;
  readonly elapsedMs: number;
  readonly freshness: Freshness;
}

/** Two columns of one name would be one key of an object: the second becomes `name_2`. */
export function uniqueNames(names: readonly string[]): string[] {
  const taken = new Set<string>();
  return names.map(name => {
    let unique = name;
    for (let count = 2; taken.has(unique); count++) unique = `${name}_${count}`;
    taken.add(unique);
    return unique;
  });
}
