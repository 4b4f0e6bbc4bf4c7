/**
 * Hot and archived rows as one table. On the connection that asks, a temporary view takes the place of each table that
 * has partitions; within one transaction a row is in the table or in a file, never in both and never in neither.
 */
import type {DuckDBConnection} from '@duckdb/node-api';
import {quoted, quotedText} from '../sql-text.js';
import type {ArchiveFolder} from './archive-folder.js';
import {groupedBy, type Partition, readPartitions, within} from './partitions.js';

/** What a question is about: files of the archive that it does not need, it does not open, damaged or not. */
export interface Needed {
  /** In lower case; all where it is absent. */
  readonly tables?: ReadonlySet<string> | undefined;
  /** Of event time: from the first on, before the second. */
  readonly sinceMs?: number | undefined;
  readonly untilMs?: number | undefined;
}

/**
 * Per table that has partitions, what to write behind FROM for all of its rows. To be read in the transaction of the
 * question: files that go meanwhile wait for connections that were lent before. `catalog` is the tenant's database.
 */
export async function wholeTables(
  connection: DuckDBConnection,
  catalog: string,
  archive: ArchiveFolder,
  {tables, sinceMs = Number.NEGATIVE_INFINITY, untilMs = Number.POSITIVE_INFINITY}: Needed,
): Promise<ReadonlyMap<string, string>> {
  const all = within(await readPartitions(connection), {sinceMs, untilMs});
  const needed = all.filter(({table}) => tables?.has(table.toLowerCase()) !== false);
  const byTable = groupedBy(needed, ({table}) => table);
  return new Map(
    [...byTable].map(([table, partitions]) => [table, wholeTable({catalog, table, archive}, partitions)]),
  );
}

/** Lets every statement on this connection see them, for as long as it lives. Call it once, in the question's transaction. */
export async function seeWholeTables(
  connection: DuckDBConnection,
  catalog: string,
  archive: ArchiveFolder,
  needed: Needed,
): Promise<void> {
  for (const [table, relation] of await wholeTables(connection, catalog, archive, needed))
    await connection.run(`CREATE TEMP VIEW ${quoted(table)} AS SELECT * FROM ${relation}`);
}

/**
 * What to write behind FROM for all rows of a table, of which these are the partitions. Files of an older version of a
 * model lack columns: those of the same columns are read together.
 */
export function wholeTable(
  {catalog, table, archive}: {catalog: string; table: string; archive: ArchiveFolder},
  partitions: readonly Partition[],
): string {
  const hot = `${quoted(catalog)}.main.${quoted(table)}`;
  if (partitions.length === 0) return hot;
  const groups = groupedBy(partitions, ({columns}) => JSON.stringify(columns));
  const archived = [...groups.values()].map(group => `SELECT * FROM ${parquetOf(group, archive)}`);
  return `(${[`SELECT * FROM ${hot}`, ...archived].join(' UNION ALL BY NAME ')})`;
}

/** The rows of these files; their columns are those that the tables have. */
export function parquetOf(partitions: readonly Partition[], archive: ArchiveFolder): string {
  const files = partitions.map(({file}) => quotedText(archive.pathOf(file)));
  return `read_parquet([${files.join(', ')}], hive_partitioning = false)`;
}
