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
  const rows = read.map(row => rowOf(row, request));
  if (buckets === undefined) return rows;
  const groups = new Set(rows.map(groupOf)).size;
  if (groups * buckets.length > ROWS_MAX) throw tooMany(`${groups} groups of ${buckets.length} buckets are`);
  return fillBuckets(rows, buckets, groupOf);
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

const groupOf = ({metric, device, component, labels}: StatsRow): string =>
  JSON.stringify([metric, device, component, labels]);

function rowOf(cells: readonly DuckDBValue[], request: StatsRequest): StatsRow {
  const {by, everyMs, aggregates} = request;
  const groups = groupColumns(request).length;
  const keys = cells.slice(1, groups).map(textOf);
  const labels = by.flatMap((group, index) => {
    const label = labelOfGroup(group);
    return label === undefined ? [] : [[label, keys[index]!] as const];
  });
  const values = cells.slice(groups + (everyMs === undefined ? 0 : 1));
  return {
    ...(everyMs === undefined ? {} : {time: new Date(Number(cells[groups])).toISOString()}),
    metric: String(cells[0]),
    ...(by.includes('device') ? {device: keys[by.indexOf('device')]!} : {}),
    ...(by.includes('component') ? {component: keys[by.indexOf('component')]!} : {}),
    ...(labels.length === 0 ? {} : {labels: Object.fromEntries(labels)}),
    values: Object.fromEntries(aggregates.map((name, index) => [name, numberOf(values[index]!)])),
  };
}

const textOf = (value: DuckDBValue): string | null => (value === null ? null : String(value));

/** A sum beyond what a double holds is not a number that JSON has. */
function numberOf(value: DuckDBValue): number | null {
  const number = value === null ? Number.NaN : Number(value);
  return Number.isFinite(number) ? number : null;
}
