/** Answers a question for statistics on one tenant's tables. */
import type {DuckDBConnection, DuckDBValue} from '@duckdb/node-api';
import {IotctlError} from '../../domain/errors.js';
import {labelOfGroup, type StatsRow} from '../../domain/stats.js';
import {fillBuckets} from './fill-buckets.js';
import type {StatsRequest} from './stats-request.js';
import {groupColumns, statsSql, zoneBucketsSql} from './stats-sql.js';

/** An answer is one message: more rows are not for people, and `query` streams them. */
const ROWS_MAX = 100_000;

/** A Monday at midnight, from which DuckDB's `time_bucket` counts. */
const BUCKETS_SINCE_MS = Date.UTC(2000, 0, 3);

/** `readings` is what stands behind FROM. */
export async function runStats(
  connection: DuckDBConnection,
  request: StatsRequest,
  readings: string,
): Promise<StatsRow[]> {
  const buckets = request.everyMs === undefined ? undefined : await bucketsOf(connection, request);
  const reader = await connection.runAndReadAll(statsSql(request, readings, ROWS_MAX + 1));
  const read = reader.getRows();
  if (read.length > ROWS_MAX) throw tooMany(`more than ${ROWS_MAX}`);
  const groups = groupsOf(read, request);
  if (buckets === undefined) return groups.flat();
  if (groups.length * buckets.length > ROWS_MAX)
    throw tooMany(`${groups.length} groups of ${buckets.length} buckets are`);
  return fillBuckets(groups, buckets);
}

/** Where every bucket of the range begins, empty ones too, in order (RFC 3339). */
async function bucketsOf(connection: DuckDBConnection, request: StatsRequest): Promise<string[]> {
  const {sinceMs, untilMs, everyMs, timezone} = request;
  if ((untilMs - sinceMs) / everyMs! > ROWS_MAX) throw tooMany(`more than ${ROWS_MAX} buckets are`);
  if (timezone !== undefined) {
    const reader = await connection.runAndReadAll(zoneBucketsSql({...request, timezone}));
    return reader.getRows().map(([timeMs]) => new Date(Number(timeMs)).toISOString());
  }
  const buckets: string[] = [];
  const before = Math.floor((sinceMs - BUCKETS_SINCE_MS) / everyMs!);
  for (let ms = BUCKETS_SINCE_MS + before * everyMs!; ms < untilMs; ms += everyMs!)
    buckets.push(new Date(ms).toISOString());
  return buckets;
}

const tooMany = (what: string): IotctlError =>
  new IotctlError(
    'IOT_REQUEST_INVALID',
    `${what} rows, which is too many for one answer: take a larger --every, fewer devices, or \`iotctl query\``,
  );

/** Rows of each group; they come one group after another. */
function groupsOf(rows: readonly (readonly DuckDBValue[])[], request: StatsRequest): StatsRow[][] {
  const keyCount = groupColumns(request).length;
  const groups: StatsRow[][] = [];
  let before: readonly DuckDBValue[] | undefined;
  let parts: Omit<StatsRow, 'time' | 'values'> | undefined;
  for (const cells of rows) {
    const keys = cells.slice(0, keyCount);
    if (parts === undefined || keys.some((key, index) => key !== before![index])) {
      parts = partsOf(keys, request.by);
      groups.push([]);
    }
    before = keys;
    groups.at(-1)!.push(rowOf(cells.slice(keyCount), parts, request));
  }
  return groups;
}

/** What all rows of a group say of it. */
function partsOf([metric, ...others]: readonly DuckDBValue[], by: readonly string[]) {
  const keys = others.map(textOf);
  const labels = by.flatMap((group, index) => {
    const label = labelOfGroup(group);
    return label === undefined ? [] : [[label, keys[index]!] as const];
  });
  return {
    metric: String(metric),
    ...(by.includes('device') ? {device: keys[by.indexOf('device')]!} : {}),
    ...(by.includes('component') ? {component: keys[by.indexOf('component')]!} : {}),
    ...(labels.length === 0 ? {} : {labels: Object.fromEntries(labels)}),
  };
}

function rowOf(
  cells: readonly DuckDBValue[],
  parts: Omit<StatsRow, 'time' | 'values'>,
  {everyMs, aggregates}: StatsRequest,
): StatsRow {
  const isBucket = everyMs !== undefined;
  const values = Object.fromEntries(
    aggregates.map((name, index) => [name, numberOf(cells[isBucket ? index + 1 : index]!)]),
  );
  return isBucket ? {time: new Date(Number(cells[0])).toISOString(), ...parts, values} : {...parts, values};
}

const textOf = (value: DuckDBValue): string | null => (value === null ? null : String(value));

/** A sum beyond what a double holds is not a number that JSON has. */
function numberOf(value: DuckDBValue): number | null {
  const number = value === null ? Number.NaN : Number(value);
  return Number.isFinite(number) ? number : null;
}
