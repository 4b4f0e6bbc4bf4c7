/** The tables that a query can name, as `query --schema` prints them and docs/data.md lists them. */

export interface TableColumn {
  readonly name: string;
  /** DuckDB's. */
  readonly type: string;
  readonly meaning: string;
}

export interface QueryTable {
  readonly name: string;
  readonly meaning: string;
  readonly columns: readonly TableColumn[];
}

type Typed = Omit<TableColumn, 'name'>;

const column = (type: string, meaning: string): Typed => ({type, meaning});
const text = (meaning: string): Typed => column('VARCHAR', meaning);
const integer = (meaning: string): Typed => column('BIGINT', meaning);
const time = (meaning: string): Typed => column('TIMESTAMPTZ', meaning);
const json = (meaning: string): Typed => column('JSON', meaning);

/** Columns by their names, in the order in which they are shown. */
const table = (name: string, meaning: string, columns: Readonly<Record<string, Typed>>): QueryTable => ({
  name,
  meaning,
  columns: Object.entries(columns).map(([column, typed]) => ({name: column, ...typed})),
});

const events = table('events', 'everything that devices and the platform said', {
  offset: integer(
    'position in the event stream, below zero for uploads past it; a keyword of SQL: write "offset"',
  ),
  time: time('when it was, by the device’s clock'),
  recorded_time: time('when it was received, by the platform’s clock'),
  device: text('who said it; empty for the platform'),
  type: text('telemetry, device.connected, …'),
  component: text('the part of the device'),
  body: json('what was said'),
  raw: column('BLOB', 'the bytes of what could not be decoded'),
  attributes: json('further attributes of the event'),
});

const readings = table('readings', 'one row for each value of a metric in telemetry', {
  time: time('when it was measured'),
  device: text('by which device'),
  component: text('by which part of it'),
  metric: text('what was measured'),
  value: column('DOUBLE', 'true is 1 and false is 0'),
  offset: integer('of its event'),
});

const devices = table('devices', 'the devices as they are now', {
  device: text('id'),
  model: text('its model'),
  model_version: integer('its model’s version, where the model is described'),
  labels: column('MAP(VARCHAR, VARCHAR)', "labels['site'] is the value of one, or NULL"),
  metadata: column('MAP(VARCHAR, VARCHAR)', 'what is written about it'),
  lifecycle: text('registered, claimable, provisioned, active, retired or purged'),
  admin_state: text('enabled, disabled, maintenance or quarantined'),
  connectivity: text('never, online, offline or stale'),
  health: text('ok, degraded or tampered'),
  created_at: time('when it was made'),
  retired_at: time('when it was retired'),
  connected_at: time('when it last connected'),
  disconnected_at: time('when its connection last ended'),
  last_seen_at: time('when it last sent any packet'),
  last_data_at: time('when it last sent a message'),
});

const commands = table('commands', 'what was asked of devices, and what became of it', {
  id: text('of the command'),
  device: text('whom it is for'),
  name: text('what is asked'),
  data: json('its arguments'),
  state: text('requested, queued, sent, …, succeeded, failed, expired'),
  requested_by: text('who asked'),
  created_at: time('when it was asked'),
  expires_at: time('until when it is tried'),
  changed_at: time('when it came into its state'),
  result: json('what the device answered'),
});

const connections = table(
  'connections',
  'one row for each connection of a device, from the events about them',
  {
    device: text('whose it is'),
    session: text('id of the connection'),
    connected_at: time('when it began; NULL where its event is gone'),
    disconnected_at: time('when it ended, at the latest with the device’s next one; NULL while it is there'),
    reason: text('client, takeover, keep-alive, network, kicked, slow, shutdown or protocol'),
    remote: text('address and port of the device'),
    protocol: text('version of MQTT: 4 is 3.1.1'),
  },
);

export const QUERY_TABLES: readonly QueryTable[] = [events, readings, devices, commands, connections];

/** What is kept in the registry, and brought to a question that names it. */
export const REGISTRY_TABLES = {devices, commands} as const;
export type RegistryTable = keyof typeof REGISTRY_TABLES;
