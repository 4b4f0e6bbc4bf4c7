import type {StatsRow} from '../../domain/stats.js';

/**
 * Adds a row for each bucket in which a group has no readings, so that gaps can be seen. `rows` are in the order of groups,
 * then of buckets; `groupOf` is the same text for all rows of a group.
 */
export function fillBuckets(
  rows: readonly StatsRow[],
  buckets: readonly string[],
  groupOf: (row: StatsRow) => string,
): StatsRow[] {
  const filled: StatsRow[] = [];
  for (let index = 0; index < rows.length; ) {
    const first = rows[index]!;
    const group = groupOf(first);
    for (const time of buckets) {
      const row = rows[index];
      if (row?.time === time && groupOf(row) === group) {
        filled.push(row);
        index++;
      } else {
        filled.push({...first, time, values: emptyValues(first)});
      }
    }
  }
  return filled;
}

const emptyValues = ({values}: StatsRow): StatsRow['values'] =>
  Object.fromEntries(Object.keys(values).map(name => [name, name === 'count' ? 0 : null]));
