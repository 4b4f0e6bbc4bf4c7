/**
 * What a caller sees who may see some devices only: on a connection of its own, temporary views take the place of the
 * tables. Nothing that the caller writes is computed before the rows are chosen: a condition that fails, or does not,
 * on a row that is not visible would tell that there is one.
 */
import type {DuckDBConnection} from '@duckdb/node-api';

/** The tables that a query can name. */
export const VISIBLE_TABLES: readonly string[] = ['events', 'readings'];

/** DuckDB moves no condition below a LIMIT (1.5.5), and this one takes nothing away. */
const BARRIER = 'LIMIT 9223372036854775807';

/** Before the transaction, which only reads. `catalog` is the name of the tenant's database. */
export async function limitToDevices(
  connection: DuckDBConnection,
  catalog: string,
  devices: readonly string[],
): Promise<void> {
  await connection.run('CREATE TEMP TABLE visible_devices (device VARCHAR)');
  await connection.run(`INSERT INTO temp.main.visible_devices SELECT unnest(from_json($1, '["VARCHAR"]'))`, [
    JSON.stringify(devices),
  ]);
  for (const table of VISIBLE_TABLES) {
    await connection.run(`CREATE TEMP VIEW ${table} AS SELECT * FROM ${quoted(catalog)}.main.${table}
      WHERE device IN (SELECT device FROM temp.main.visible_devices) ${BARRIER}`);
  }
}

const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;
