/**
 * `devices` and `commands` are in the registry, which is another database in another thread. A question that names one
 * gets its rows as they are now, in a temporary table of its own connection, and only those that its caller may see.
 */
import type {DuckDBConnection} from '@duckdb/node-api';
import {IotctlError} from '../domain/errors.js';
import {REGISTRY_TABLES, type RegistryTable} from '../domain/query-schema.js';
import {quoted} from './sql-text.js';

/** The next rows behind an id, as a JSON array of objects with the table's columns; an empty id is before all. */
export type LoadRows = (request: {
  tenant: string;
  table: RegistryTable;
  after: string;
}) => Promise<{json: string; last: string | undefined}>;

/** Which of the tables a caller may name, and of which devices: `all`, or these. */
export type RegistryAccess = {readonly [Table in RegistryTable]?: 'all' | readonly string[]};

/** In the question's transaction. Throws `IOT_FORBIDDEN` for a table that the caller may not name. */
export async function bringRegistryTables(
  connection: DuckDBConnection,
  {tenant, load, access}: {tenant: string; load: LoadRows; access: RegistryAccess},
  names: ReadonlySet<string>,
): Promise<void> {
  for (const table of Object.keys(REGISTRY_TABLES) as RegistryTable[]) {
    if (!names.has(table)) continue;
    const visible = access[table];
    if (visible === undefined)
      throw new IotctlError('IOT_FORBIDDEN', `the table ${table} needs the right to read ${table}`);
    await bring(connection, {tenant, table, visible}, load);
  }
}

async function bring(
  connection: DuckDBConnection,
  {tenant, table, visible}: {tenant: string; table: RegistryTable; visible: 'all' | readonly string[]},
  load: LoadRows,
): Promise<void> {
  const {columns} = REGISTRY_TABLES[table];
  const defined = columns.map(({name, type}) => `${quoted(name)} ${type}`).join(', ');
  await connection.run(`CREATE TEMP TABLE ${table} (${defined})`);
  const shape = JSON.stringify([Object.fromEntries(columns.map(({name, type}) => [name, type]))]);
  const chosen = visible === 'all' ? '' : await onlyThese(connection, table, visible);
  const insert = `INSERT INTO temp.main.${table} SELECT entry.* FROM (SELECT unnest(from_json($1, '${shape}')) AS entry) ${chosen}`;
  for (let after: string | undefined = ''; after !== undefined; ) {
    const page: Awaited<ReturnType<LoadRows>> = await load({tenant, table, after});
    if (page.last !== undefined) await connection.run(insert, [page.json]);
    after = page.last;
  }
}

async function onlyThese(
  connection: DuckDBConnection,
  table: RegistryTable,
  devices: readonly string[],
): Promise<string> {
  const seen = `seen_in_${table}`;
  await connection.run(`CREATE TEMP TABLE ${seen} (device VARCHAR)`);
  await connection.run(`INSERT INTO temp.main.${seen} SELECT unnest(from_json($1, '["VARCHAR"]'))`, [
    JSON.stringify(devices),
  ]);
  return `WHERE entry.device IN (SELECT device FROM temp.main.${seen})`;
}
