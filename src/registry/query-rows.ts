/** Devices and commands as rows of the tables that queries can name (`query-schema.ts`), page by page. */
import type {RegistryTable} from '../domain/query-schema.js';
import type {CommandRow} from './tables/commands.js';
import type {DeviceRow} from './tables/devices.js';
import type {Database} from './transact.js';

/** A page is made in the main thread, which has other things to do. */
const PAGE = 1000;

export interface RowsPage {
  /** An array of objects. */
  readonly json: string;
  /** What the next page is after; undefined where this one is empty. */
  readonly last: string | undefined;
}

export async function queryRows(
  database: Database,
  {tenant, table, after}: {tenant: string; table: RegistryTable; after: string},
): Promise<RowsPage> {
  const rows = await database
    .selectFrom(table)
    .selectAll()
    .where('tenant', '=', tenant)
    .where('id', '>', after)
    .orderBy('id')
    .limit(PAGE)
    .execute();
  const made =
    table === 'devices' ? (rows as DeviceRow[]).map(deviceRow) : (rows as CommandRow[]).map(commandRow);
  return {json: JSON.stringify(made), last: rows.at(-1)?.id};
}

const deviceRow = (row: DeviceRow): object => ({
  device: row.id,
  model: row.model,
  model_version: row.model_version,
  labels: JSON.parse(row.labels) as unknown,
  metadata: JSON.parse(row.metadata) as unknown,
  lifecycle: row.lifecycle,
  admin_state: row.admin_state,
  connectivity: row.connectivity,
  health: row.health,
  created_at: timeOf(row.created_ms),
  retired_at: timeOf(row.retired_ms),
  connected_at: timeOf(row.connected_ms),
  disconnected_at: timeOf(row.disconnected_ms),
  last_seen_at: timeOf(row.last_seen_ms),
  last_data_at: timeOf(row.last_data_ms),
});

const commandRow = (row: CommandRow): object => ({
  id: row.id,
  device: row.device,
  name: row.name,
  data: JSON.parse(row.data) as unknown,
  state: row.state,
  requested_by: row.requested_by,
  created_at: timeOf(row.created_ms),
  expires_at: timeOf(row.expires_ms),
  changed_at: (JSON.parse(row.transitions) as {at: string}[]).at(-1)?.at ?? null,
  result: row.result === null ? null : (JSON.parse(row.result) as unknown),
});

const timeOf = (timeMs: number | null): string | null =>
  timeMs === null ? null : new Date(timeMs).toISOString();
