/** Writes rows into one file of the archive. */
import {rm} from 'node:fs/promises';
import type {DuckDBConnection} from '@duckdb/node-api';
import {quoted, quotedText} from '../sql-text.js';
import type {ArchiveFolder} from './archive-folder.js';
import type {Partition} from './partitions.js';

export interface PartSource {
  readonly table: string;
  readonly day: string;
  /** What stands behind FROM, with its conditions. */
  readonly rows: string;
  readonly columns: readonly string[];
}

/**
 * The file is on disk, whole, and no partition yet. Rows of a device lie together, so that who asks for one reads little.
 * Undefined where there are no rows.
 */
export async function writePart(
  connection: DuckDBConnection,
  archive: ArchiveFolder,
  {table, day, rows, columns}: PartSource,
): Promise<Partition | undefined> {
  const draft = await archive.draft('parquet');
  try {
    const order = columns.includes('metric') ? 'device, metric, time, "offset"' : 'device, time, "offset"';
    const result = await connection.run(
      `COPY (SELECT ${columns.map(quoted).join(', ')} FROM ${rows} ORDER BY ${order})
        TO ${quotedText(draft)} (FORMAT parquet, COMPRESSION zstd)`,
    );
    const rowCount = result.rowsChanged;
    if (rowCount === 0) return undefined;
    return {table, day, rows: rowCount, columns, ...(await archive.keep(draft, {table, day}))};
  } finally {
    await rm(draft, {force: true});
  }
}
