/** Answers a question for statistics on one tenant's tables. */
import type {DuckDBConnection, DuckDBValue} from '@duckdb/node-api';
import {emptyValues, type StatsGroup, type StatsTable} from '../../domain/stats-table.js';
import {bucketsOf} from './buckets.js';
import {groupOf} from './group-of.js';
import {ROWS_MAX, tooManyRows} from './rows-max.js';
import type {StatsRequest} from './stats-request.js';
import {groupColumns, statsSql, zoneBucketsSql} from './stats-sql.js';

type Cells = readonly DuckDBValue[];

interface Group {
  readonly parts: StatsGroup;
  /** The bucket where there is one, and the aggregates. */
  readonly rows: Cells[];
}

/** `readings` is what stands behind FROM. */
export async function runStats(
  connection: DuckDBConnection,
  request: StatsRequest,
  readings: string,
): Promise<StatsTable> {
  const bucketsMs = await bucketsIn(connection, request);
  const reader = await connection.runAndReadAll(statsSql(request, readings, ROWS_MAX + 1));
  const read = reader.getRows();
  if (read.length > ROWS_MAX) throw tooManyRows(`more than ${ROWS_MAX}`);
  const groups = groupsOf(read, request);
  const bucketCount = bucketsMs?.length ?? 1;
  if (groups.length * bucketCount > ROWS_MAX)
    throw tooManyRows(`${groups.length} groups of ${bucketCount} buckets are`);
  const values = emptyValues(request.aggregates, groups.length * bucketCount);
  for (const [index, {rows}] of groups.entries())
    fill(Object.values(values), index * bucketCount, rows, bucketsMs);
  return {bucketsMs, groups: groups.map(({parts}) => parts), values};
}

async function bucketsIn(connection: DuckDBConnection, request: StatsRequest): Promise<Float64Array | null> {
  const {everyMs, timezone} = request;
  if (everyMs === undefined) return null;
  const buckets = bucketsOf({...request, everyMs});
  if (timezone === undefined) return buckets;
  const reader = await connection.runAndReadAll(zoneBucketsSql({...request, timezone}));
  return Float64Array.from(reader.getRows(), ([timeMs]) => Number(timeMs));
}

/** Writes a group's rows, which are in the order of the buckets; those that are missing stay as they are. */
function fill(
  columns: readonly Float64Array[],
  from: number,
  rows: readonly Cells[],
  bucketsMs: Float64Array | null,
): void {
  let bucket = 0;
  for (const cells of rows) {
    if (bucketsMs !== null) while (bucketsMs[bucket]! < Number(cells[0])) bucket++;
    const values = bucketsMs === null ? cells : cells.slice(1);
    for (const [index, column] of columns.entries()) column[from + bucket] = numberOf(values[index]!);
  }
}

/** Rows of each group; they come one group after another. */
function groupsOf(rows: readonly Cells[], request: StatsRequest): Group[] {
  const keyCount = groupColumns(request).length;
  const groups: Group[] = [];
  let before: Cells | undefined;
  for (const cells of rows) {
    const keys = cells.slice(0, keyCount);
    if (before === undefined || keys.some((key, index) => key !== before![index]))
      groups.push({parts: groupOf(keys.map(textOf), request.by), rows: []});
    before = keys;
    groups.at(-1)!.rows.push(cells.slice(keyCount));
  }
  return groups;
}

const textOf = (value: DuckDBValue): string | null => (value === null ? null : String(value));

const numberOf = (value: DuckDBValue): number => (value === null ? Number.NaN : Number(value));
