/** Old rows of the database move to the archive or go, a bounded number at a time. */
import type {DuckDBConnection} from '@duckdb/node-api';
import {readProgress} from '../progress.js';
import {quoted} from '../sql-text.js';
import {nextStoreOnlyOffset} from '../store-only.js';
import type {TenantDatabase} from '../tenant-database.js';
import {FIRST_DAY, nextDay, startOf} from './day-range.js';
import {addPartition, type Partition} from './partitions.js';
import {writePart} from './write-part.js';

/** Rows of a day below an offset. No row is added to them any more: the stream is stored in order, and so are uploads. */
interface Slice {
  readonly table: string;
  readonly day: string;
  readonly condition: string;
}

/** Writes the oldest rows before `beforeDay` into a file; `commitPart` then makes it theirs. Undefined when there are none. */
export async function writeOldest(
  database: TenantDatabase,
  table: string,
  {beforeDay, rowsMax}: {beforeDay: string; rowsMax: number},
): Promise<{part: Partition; slice: Slice} | undefined> {
  return await database.withConnection(async connection => {
    await connection.run('BEGIN TRANSACTION READ ONLY');
    const slice = await oldestSlice(connection, table, {beforeDay, rowsMax});
    if (slice === undefined) return undefined;
    const part = await writePart(connection, database.archive, {
      table,
      day: slice.day,
      rows: `${quoted(table)} WHERE ${slice.condition}`,
      columns: await columnsOf(connection, table),
    });
    return part && {part, slice};
  });
}

/** In the writer's transaction: the rows leave the database where their file becomes a partition. */
export async function commitPart(
  writer: DuckDBConnection,
  {part, slice}: {part: Partition; slice: Slice},
): Promise<void> {
  const {rowsChanged} = await writer.run(`DELETE FROM ${quoted(slice.table)} WHERE ${slice.condition}`);
  if (rowsChanged !== part.rows)
    throw new Error(
      `${slice.table} of ${slice.day}: ${part.rows} rows were written, ${rowsChanged} are there`,
    );
  await addPartition(writer, part);
}

/** In the writer's transaction: deletes the oldest rows before `beforeDay`. Gives back how many. */
export async function deleteOldest(
  writer: DuckDBConnection,
  table: string,
  {beforeDay, rowsMax}: {beforeDay: string; rowsMax: number},
): Promise<number> {
  const old = `time < ${startOf(beforeDay)}`;
  const below = await offsetBehind(writer, table, {condition: old, rowsMax});
  const {rowsChanged} = await writer.run(`DELETE FROM ${quoted(table)} WHERE ${old} AND "offset" < ${below}`);
  return rowsChanged;
}

/** Rows of these days that are in the database. */
export async function countRows(
  connection: DuckDBConnection,
  table: string,
  fromDay: string | undefined,
  beforeDay: string,
): Promise<number> {
  const from = fromDay === undefined ? '' : `time >= ${startOf(fromDay)} AND`;
  const reader = await connection.runAndReadAll(
    `SELECT count(*) FROM ${quoted(table)} WHERE ${from} time < ${startOf(beforeDay)}`,
  );
  return Number(reader.getRows()[0]![0]);
}

async function oldestSlice(
  connection: DuckDBConnection,
  table: string,
  {beforeDay, rowsMax}: {beforeDay: string; rowsMax: number},
): Promise<Slice | undefined> {
  const reader = await connection.runAndReadAll(
    `SELECT CAST(CAST(min(time) AS DATE) AS VARCHAR) FROM ${quoted(table)}
      WHERE time >= ${startOf(FIRST_DAY)} AND time < ${startOf(beforeDay)}`,
  );
  const day = reader.getRows()[0]![0];
  if (typeof day !== 'string') return undefined;
  const ofDay = `time >= ${startOf(day)} AND time < ${startOf(nextDay(day))}`;
  const below = await offsetBehind(connection, table, {condition: ofDay, rowsMax});
  // Meanwhile parts of uploads may come that are in the store alone: below zero, and from here on.
  const coming = `"offset" >= ${await nextStoreOnlyOffset(connection)} AND "offset" < 0`;
  return {table, day, condition: `${ofDay} AND "offset" < ${below} AND NOT (${coming})`};
}

/** Below it are `rowsMax` of these rows, or all that are stored now; rows of one event stay together. */
async function offsetBehind(
  connection: DuckDBConnection,
  table: string,
  {condition, rowsMax}: {condition: string; rowsMax: number},
): Promise<number> {
  const reader = await connection.runAndReadAll(
    `SELECT "offset" FROM ${quoted(table)} WHERE ${condition} ORDER BY "offset" LIMIT 1 OFFSET ${rowsMax - 1}`,
  );
  const last = reader.getRows()[0]?.[0];
  if (last !== undefined) return Number(last) + 1;
  return (await readProgress(connection)).nextOffset;
}

async function columnsOf(connection: DuckDBConnection, table: string): Promise<string[]> {
  const reader = await connection.runAndReadAll(
    `SELECT column_name FROM duckdb_columns() WHERE schema_name = 'main' AND table_name = $1 ORDER BY column_index`,
    [table],
  );
  return reader.getRows().map(([name]) => String(name));
}
