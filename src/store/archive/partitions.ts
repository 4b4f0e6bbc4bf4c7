/** Which files are part of a tenant's archive: what this table says, and nothing else that lies in the folder. */
import type {DuckDBConnection, DuckDBValue} from '@duckdb/node-api';
import type {ArchiveTotals} from '../../domain/retention.js';
import {DAY_MS} from './day-range.js';

export interface Partition {
  readonly table: string;
  /** Of UTC: `2026-11-01`. */
  readonly day: string;
  /** Relative to the tenant's folder. */
  readonly file: string;
  readonly rows: number;
  readonly bytes: number;
  /** That the table had when the file was written, in their order. */
  readonly columns: readonly string[];
  /** Of the file as it was written, in hex; null for those of older versions. Parquet itself would not tell of most damage. */
  readonly sha256: string | null;
}

/** Oldest day first. */
export async function readPartitions(connection: DuckDBConnection): Promise<Partition[]> {
  const reader = await connection.runAndReadAll(
    `SELECT table_name, day::VARCHAR, file, row_count, bytes, columns::VARCHAR, sha256 FROM internal.partitions
      ORDER BY table_name, day, file`,
  );
  return reader.getRows().map(partitionOf);
}

export async function archiveTotals(connection: DuckDBConnection): Promise<ArchiveTotals> {
  const reader = await connection.runAndReadAll(
    'SELECT count(*), coalesce(sum(row_count), 0), coalesce(sum(bytes), 0) FROM internal.partitions',
  );
  const [partitions, rows, bytes] = reader.getRows()[0]!.map(Number);
  return {partitions: partitions!, rows: rows!, bytes: bytes!};
}

export async function addPartition(writer: DuckDBConnection, partition: Partition): Promise<void> {
  const {table, day, file, rows, bytes, columns, sha256} = partition;
  await writer.run(
    'INSERT INTO internal.partitions VALUES ($1, CAST($2 AS DATE), $3, $4, $5, CAST($6 AS JSON), $7)',
    [table, day, file, BigInt(rows), BigInt(bytes), JSON.stringify(columns), sha256],
  );
}

/** Takes them out of the archive; their files are nobody's once this is committed. */
export async function removePartitions(
  writer: DuckDBConnection,
  partitions: readonly Partition[],
): Promise<void> {
  for (const {file} of partitions)
    await writer.run('DELETE FROM internal.partitions WHERE file = $1', [file]);
}

/** Those that can have rows of the range, from `sinceMs` on and before `untilMs`. */
export const within = (
  partitions: readonly Partition[],
  {sinceMs, untilMs}: {sinceMs: number; untilMs: number},
): Partition[] =>
  partitions.filter(({day}) => {
    const beginMs = Date.parse(`${day}T00:00:00Z`);
    // A day that is no ISO 8601 date, of a year of five digits, is NaN, and stays.
    return !(beginMs >= untilMs || beginMs + DAY_MS <= sinceMs);
  });

/** In the order of their first ones. */
export function groupedBy(
  partitions: readonly Partition[],
  keyOf: (partition: Partition) => string,
): Map<string, Partition[]> {
  const groups = new Map<string, Partition[]>();
  for (const partition of partitions) {
    const group = groups.get(keyOf(partition));
    if (group) group.push(partition);
    else groups.set(keyOf(partition), [partition]);
  }
  return groups;
}

const partitionOf = ([
  table,
  day,
  file,
  rows,
  bytes,
  columns,
  sha256,
]: readonly DuckDBValue[]): Partition => ({
  table: String(table),
  day: String(day),
  file: String(file),
  rows: Number(rows),
  bytes: Number(bytes),
  columns: JSON.parse(String(columns)) as string[],
  sha256: sha256 as string | null,
});
