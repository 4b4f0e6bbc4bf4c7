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

const column = (name: string, type: string, meaning: string): TableColumn => ({name, type, meaning});

const TIME = 'TIMESTAMPTZ';

const events: QueryTable = {
  name: 'events',
  meaning: 'everything that devices and the platform said',
  columns: [
    column(
      'offset',
      'BIGINT',
      'position in the event stream, below zero for uploads past it; a keyword of SQL: write "offset"',
    ),
    column('time', TIME, 'when it was, by the device’s clock'),
    column('recorded_time', TIME, 'when it was received, by the platform’s clock'),
    column('device', 'VARCHAR', 'who said it; empty for the platform'),
    column('type', 'VARCHAR', 'telemetry, device.connected, …'),
    column('component', 'VARCHAR', 'the part of the device'),
    column('body', 'JSON', 'what was said'),
    column('raw', 'BLOB', 'the bytes of what could not be decoded'),
    column('attributes', 'JSON', 'further attributes of the event'),
  ],
};

const readings: QueryTable = {
  name: 'readings',
  meaning: 'one row for each value of a metric in telemetry',
  columns: [
    column('time', TIME, 'when it was measured'),
    column('device', 'VARCHAR', 'by which device'),
    column('component', 'VARCHAR', 'by which part of it'),
    column('metric', 'VARCHAR', 'what was measured'),
    column('value', 'DOUBLE', 'true is 1 and false is 0'),
    column('offset', 'BIGINT', 'of its event'),
  ],
};

const devices: QueryTable = {
  name: 'devices',
  meaning: 'the devices as they are now',
  columns: [
    column('device', 'VARCHAR', 'id'),
    column('model', 'VARCHAR', 'its model'),
    column('model_version', 'BIGINT', 'its model’s version, where the model is described'),
    column('labels', 'MAP(VARCHAR, VARCHAR)', "labels['site'] is the value of one, or NULL"),
    column('metadata', 'MAP(VARCHAR, VARCHAR)', 'what is written about it'),
    column('lifecycle', 'VARCHAR', 'registered, claimable, provisioned, active, retired or purged'),
    column('admin_state', 'VARCHAR', 'enabled, disabled, maintenance or quarantined'),
    column('connectivity', 'VARCHAR', 'never, online, offline or stale'),
    column('health', 'VARCHAR', 'ok, degraded or tampered'),
    column('created_at', TIME, 'when it was made'),
    column('retired_at', TIME, 'when it was retired'),
    column('connected_at', TIME, 'when it last connected'),
    column('disconnected_at', TIME, 'when its connection last ended'),
    column('last_seen_at', TIME, 'when it last sent any packet'),
    column('last_data_at', TIME, 'when it last sent a message'),
  ],
};

const commands: QueryTable = {
  name: 'commands',
  meaning: 'what was asked of devices, and what became of it',
  columns: [
    column('id', 'VARCHAR', 'of the command'),
    column('device', 'VARCHAR', 'whom it is for'),
    column('name', 'VARCHAR', 'what is asked'),
    column('data', 'JSON', 'its arguments'),
    column('state', 'VARCHAR', 'requested, queued, sent, …, succeeded, failed, expired'),
    column('requested_by', 'VARCHAR', 'who asked'),
    column('created_at', TIME, 'when it was asked'),
    column('expires_at', TIME, 'until when it is tried'),
    column('changed_at', TIME, 'when it came into its state'),
    column('result', 'JSON', 'what the device answered'),
  ],
};

const connections: QueryTable = {
  name: 'connections',
  meaning: 'one row for each connection of a device, from the events about them',
  columns: [
    column('device', 'VARCHAR', 'whose it is'),
    column('session', 'VARCHAR', 'id of the connection'),
    column('connected_at', TIME, 'when it began; NULL where its event is gone'),
    column(
      'disconnected_at',
      TIME,
      'when it ended, at the latest with the device’s next one; NULL while it is there',
    ),
    column('reason', 'VARCHAR', 'client, takeover, keep-alive, network, kicked, slow, shutdown or protocol'),
    column('remote', 'VARCHAR', 'address and port of the device'),
    column('protocol', 'VARCHAR', 'version of MQTT: 4 is 3.1.1'),
  ],
};

export const QUERY_TABLES: readonly QueryTable[] = [events, readings, devices, commands, connections];

/** What is kept in the registry, and brought to a question that names it. */
export const REGISTRY_TABLES = {devices, commands} as const;
export type RegistryTable = keyof typeof REGISTRY_TABLES;
