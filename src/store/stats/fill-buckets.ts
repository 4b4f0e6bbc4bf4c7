import type {StatsRow} from '../../domain/stats.js';

/**
 * Adds a row for each bucket in which a group has no readings, so that gaps can be seen. Each group's rows are in the order
 * of `buckets`, which has all of theirs.
 */
export function fillBuckets(
  groups: readonly (readonly StatsRow[])[],
  buckets: readonly string[],
): StatsRow[] {
  return groups.flatMap(rows => {
    const [first] = rows;
    const values = emptyValues(first!);
    let next = 0;
    return buckets.map(time => (rows[next]?.time === time ? rows[next++]! : {...first!, time, values}));
  });
}

const emptyValues = ({values}: StatsRow): StatsRow['values'] =>
  Object.fromEntries(Object.keys(values).map(name => [name, name === 'count' ? 0 : null]));
