/** Statistics column by column, as the store computes them and as they cross threads; `statsRows` makes them what people read. */
import type {Aggregate, StatsRow} from './stats.js';

/** What all rows of a group say of it. */
export type StatsGroup = Omit<StatsRow, 'time' | 'values'>;

export interface StatsTable {
  /** Where each bucket begins, in Unix milliseconds; null where the range is not cut into buckets. */
  readonly bucketsMs: Float64Array | null;
  /** Every one has every bucket. */
  readonly groups: readonly StatsGroup[];
  /** Group after group, each with a number for each of its buckets: NaN where there is nothing to compute it of. */
  readonly values: Readonly<Record<Aggregate, Float64Array>>;
}

/** Nothing is known yet: counts are 0, other numbers NaN. */
export function emptyValues(aggregates: readonly Aggregate[], length: number): StatsTable['values'] {
  return Object.fromEntries(
    aggregates.map(name => [name, new Float64Array(length).fill(name === 'count' ? 0 : Number.NaN)]),
  );
}

/** A group's rows after each other, in the order of the buckets. */
export function statsRows({bucketsMs, groups, values}: StatsTable): StatsRow[] {
  const columns = Object.entries(values);
  const valuesAt = (index: number): StatsRow['values'] => {
    const row: Record<Aggregate, number | null> = {};
    for (const [name, column] of columns) row[name] = numberOf(column[index]!);
    return row;
  };
  if (bucketsMs === null) return groups.map((group, index) => ({...group, values: valuesAt(index)}));
  const times = Array.from(bucketsMs, ms => new Date(ms).toISOString());
  return groups.flatMap((group, index) =>
    times.map((time, bucket) => ({time, ...group, values: valuesAt(index * times.length + bucket)})),
  );
}

/** A sum beyond what a double holds is not a number that JSON has. */
const numberOf = (value: number): number | null => (Number.isFinite(value) ? value : null);
