/** Reads a tenant's table of readings into memory. */
import type {DuckDBConnection, DuckDBDataChunk} from '@duckdb/node-api';
import {IotctlError} from '../../domain/errors.js';
import {streamChunks} from '../result-chunks.js';
import type {BegunCopy} from './resident-copy.js';
import {ResidentReadings} from './resident-readings.js';
import {SERIES_MAX, type SeriesNumbers} from './series-numbers.js';

/** Of so many rows to sort them costs little. */
const SORTED_MAX = 1_000_000;

/**
 * As of the transaction that the connection has begun; where there are more than `countMax`, the newest. Ends early where
 * nobody waits any more; undefined where they are of too many series.
 */
export async function loadReadings(
  connection: DuckDBConnection,
  {series, countMax, isHeld}: Pick<BegunCopy, 'series' | 'countMax' | 'isHeld'>,
): Promise<ResidentReadings | undefined> {
  const {fromUs, count} = await newest(connection, countMax());
  const chosen = Number.isFinite(fromUs) ? `time >= make_timestamptz(${BigInt(fromUs)})` : 'true';
  const readings = new ResidentReadings(series, fromUs);
  if (count === 0) return readings;
  const numbers = await numberSeries(connection, series, chosen);
  if (numbers === undefined) return undefined;
  const sql = readingsSql(chosen, count <= SORTED_MAX);
  const {chunks} = await streamChunks(connection, () => connection.prepare(sql));
  let before = -1;
  for await (const chunk of chunks) {
    if (!isHeld()) break;
    before = take(chunk, {readings, numbers, before});
  }
  return readings;
}

/** From when on there are at most so many, in hours; how many these are. */
async function newest(
  connection: DuckDBConnection,
  countMax: number,
): Promise<{fromUs: number; count: number}> {
  const reader = await connection.runAndReadAll(`
    SELECT max(total)::DOUBLE, (max(total) FILTER (total <= ${countMax}))::DOUBLE,
      epoch_us(min(hour) FILTER (total <= ${countMax}))::DOUBLE
    FROM (SELECT hour, sum(count) OVER (ORDER BY hour DESC) AS total
      FROM (SELECT time_bucket(INTERVAL '1 hour', time) AS hour, count(*) AS count FROM readings GROUP BY hour))`);
  const [all, some, fromUs] = reader.getRows()[0] as (number | null)[];
  if ((all ?? 0) <= countMax) return {fromUs: Number.NEGATIVE_INFINITY, count: all ?? 0};
  return {fromUs: fromUs ?? Number.POSITIVE_INFINITY, count: some ?? 0};
}

/** The number of each series, unless there are too many, by the one that it has in the temporary table that `readingsSql` joins. */
async function numberSeries(
  connection: DuckDBConnection,
  series: SeriesNumbers,
  chosen: string,
): Promise<Int32Array | undefined> {
  await connection.run(
    `CREATE TEMP TABLE resident_series AS SELECT *, (row_number() OVER () - 1)::INTEGER AS series
      FROM (SELECT DISTINCT metric, device, component FROM readings WHERE ${chosen})`,
  );
  const reader = await connection.runAndReadAll(
    'SELECT metric, device, component FROM resident_series ORDER BY series',
  );
  if (reader.currentRowCount > SERIES_MAX) return undefined;
  const rows = reader.getRows() as [string, string, string | null][];
  return Int32Array.from(rows, ([metric, device, component]) => series.numberOf(metric, device, component));
}

/** In the order of the table, in which sums add them; where there are many, they come in it without being sorted. */
const readingsSql = (chosen: string, isSorted: boolean): string => `
  SELECT s.series, epoch_us(r.time)::DOUBLE, r.value, r.rowid::DOUBLE
  FROM (SELECT *, rowid FROM readings WHERE ${chosen}) r
  JOIN resident_series s
    ON s.metric = r.metric AND s.device = r.device AND s.component IS NOT DISTINCT FROM r.component
  ${isSorted ? 'ORDER BY r.rowid' : ''}`;

interface Taking {
  readonly readings: ResidentReadings;
  readonly numbers: Int32Array;
  /** The row before. */
  readonly before: number;
}

/** The last row. Throws where one is not behind the one before it: DuckDB does not promise that. */
function take(chunk: DuckDBDataChunk, {readings, numbers, before}: Taking): number {
  const [series, times, values, rows] = chunk.getColumns() as number[][];
  let last = before;
  for (let index = 0; index < rows!.length; index++) {
    const row = rows![index]!;
    if (row <= last) throw new IotctlError('IOT_INTERNAL', `reading ${row} came behind ${last}`);
    readings.add(numbers[series![index]!]!, times![index]!, values![index]!);
    last = row;
  }
  return last;
}
