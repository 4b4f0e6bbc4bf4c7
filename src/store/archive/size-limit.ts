/** What a class takes, in the database and in the archive together, and which of its oldest days are beyond its limit. */
import type {DuckDBConnection} from '@duckdb/node-api';
import {classOf, type DataClass} from '../../domain/retention.js';
import {quoted, quotedText} from '../sql-text.js';
import {FIRST_DAY, startOf} from './day-range.js';
import {type Partition, readPartitions} from './partitions.js';

/** Rows of a day that are in the database. */
export interface HotRows {
  readonly table: string;
  readonly rows: number;
  /** About: their share of what their table takes. */
  readonly bytes: number;
}

export interface StoredDay {
  readonly day: string;
  readonly partitions: readonly Partition[];
  readonly hot: readonly HotRows[];
  readonly bytes: number;
}

/** Of a DuckDB file, unless it was made with another size. */
const BLOCK_BYTES = 262_144;

/** Days beyond it are of clocks that are wrong, and no text to be compared with others. */
const LAST_DAY = '9999-12-31';

/**
 * The oldest days that have to go until the rest takes no more than `bytesMax`; of `fromDay` on, and before `today`, which
 * always stays: it would go every time that somebody looks.
 */
export async function daysBeyond(
  connection: DuckDBConnection,
  tables: readonly string[],
  {kind, bytesMax, fromDay, today}: {kind: DataClass; bytesMax: number; fromDay: string; today: string},
): Promise<StoredDay[]> {
  const days = new Map<string, {partitions: Partition[]; hot: HotRows[]}>();
  const ofDay = (day: string) => {
    const found = days.get(day) ?? {partitions: [], hot: []};
    days.set(day, found);
    return found;
  };
  for (const partition of await readPartitions(connection))
    if (classOf(partition.table) === kind && partition.day >= fromDay)
      ofDay(partition.day).partitions.push(partition);
  for (const table of tables.filter(name => classOf(name) === kind))
    for (const {day, ...hot} of await hotRows(connection, table, fromDay)) ofDay(day).hot.push(hot);
  const stored = [...days].map(([day, found]) => ({day, ...found, bytes: bytesOf(found)}));
  return oldestBeyond(stored, bytesMax).filter(({day}) => day < today);
}

function oldestBeyond(days: StoredDay[], bytesMax: number): StoredDay[] {
  const leaving: StoredDay[] = [];
  let bytes = days.reduce((sum, day) => sum + day.bytes, 0);
  for (const day of days.sort((one, other) => (one.day < other.day ? -1 : 1))) {
    if (bytes <= bytesMax) break;
    leaving.push(day);
    bytes -= day.bytes;
  }
  return leaving;
}

const bytesOf = (found: Pick<StoredDay, 'partitions' | 'hot'>): number =>
  [...found.partitions, ...found.hot].reduce((sum, {bytes}) => sum + bytes, 0);

async function hotRows(
  connection: DuckDBConnection,
  table: string,
  fromDay: string,
): Promise<(HotRows & {day: string})[]> {
  const bytesPerRow = await rowBytes(connection, table);
  const reader = await connection.runAndReadAll(
    `SELECT CAST(CAST(time AS DATE) AS VARCHAR), count(*) FROM ${quoted(table)}
      WHERE time >= ${startOf(fromDay < FIRST_DAY ? FIRST_DAY : fromDay)} AND time < ${startOf(LAST_DAY)}
      GROUP BY ALL`,
  );
  return reader.getRows().map(([day, count]) => {
    const rows = Number(count);
    return {table, day: String(day), rows, bytes: Math.round(rows * bytesPerRow)};
  });
}

/**
 * What a row takes in the file, on average. Rows that were deleted count until DuckDB lets go of their row group: without
 * them, what is left would seem to be larger and larger. What is in the WAL only is not counted yet.
 */
async function rowBytes(connection: DuckDBConnection, table: string): Promise<number> {
  const reader = await connection.runAndReadAll(
    `SELECT count(DISTINCT block), sum(rows) FROM (
      SELECT unnest(list_append(additional_block_ids, block_id)) AS block,
        CASE WHEN column_id = 0 AND segment_type <> 'VALIDITY' THEN count END AS rows
      FROM pragma_storage_info(${quotedText(table)}) WHERE persistent AND block_id >= 0
    )`,
  );
  const [blocks, rows] = reader.getRows()[0]!;
  return Number(rows) > 0 ? (Number(blocks) * BLOCK_BYTES) / Number(rows) : 0;
}
