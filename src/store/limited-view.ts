/**
 * What a caller sees who may see some devices only: on a connection of its own, temporary views take the place of the
 * tables. Nothing that the caller writes is computed before the rows are chosen: a condition that fails, or does not,
 * on a row that is not visible would tell that there is one.
 */
import type {DuckDBConnection} from '@duckdb/node-api';
import type {ArchiveFolder} from './archive/archive-folder.js';
import {type Needed, wholeTables} from './archive/one-table.js';
import {quoted} from './sql-text.js';

/** DuckDB moves no condition below a LIMIT (1.5.5), and this one takes nothing away. */
const BARRIER = 'LIMIT 9223372036854775807';

/** The tables that a query can name: all that are about devices. */
export async function visibleTables(connection: DuckDBConnection, catalog: string): Promise<string[]> {
  const reader = await connection.runAndReadAll(
    `SELECT table_name FROM duckdb_columns()
      WHERE database_name = $1 AND schema_name = 'main' AND column_name = 'device' ORDER BY table_name`,
    [catalog],
  );
  return reader.getRows().map(([name]) => String(name));
}

/** In the question's transaction. `catalog` is the name of the tenant's database. */
export async function limitToDevices(
  connection: DuckDBConnection,
  catalog: string,
  {
    devices,
    tables,
    archive,
    needed,
  }: {
    devices: readonly string[];
    tables: readonly string[];
    archive: ArchiveFolder;
    needed: Needed;
  },
): Promise<void> {
  await connection.run('CREATE TEMP TABLE visible_devices (device VARCHAR)');
  await connection.run(`INSERT INTO temp.main.visible_devices SELECT unnest(from_json($1, '["VARCHAR"]'))`, [
    JSON.stringify(devices),
  ]);
  const whole = await wholeTables(connection, catalog, archive, needed);
  for (const table of tables) {
    const relation = whole.get(table) ?? `${quoted(catalog)}.main.${quoted(table)}`;
    await connection.run(`CREATE TEMP VIEW ${quoted(table)} AS SELECT * FROM ${relation}
      WHERE device IN (SELECT device FROM temp.main.visible_devices) ${BARRIER}`);
  }
}
