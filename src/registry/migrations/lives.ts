/** The lives of devices: reasons, health, what is written about them, whom they speak through, and their last connection. */
import {type Kysely, type Migration, sql} from 'kysely';

/** One statement each, in order. */
const STATEMENTS: readonly string[] = [
  'ALTER TABLE devices ADD COLUMN version INTEGER NOT NULL DEFAULT 1',
  `ALTER TABLE devices ADD COLUMN metadata TEXT NOT NULL DEFAULT '{}'`,
  `ALTER TABLE devices ADD COLUMN components TEXT NOT NULL DEFAULT '{}'`,
  `ALTER TABLE devices ADD COLUMN via TEXT NOT NULL DEFAULT '[]'`,
  `ALTER TABLE devices ADD COLUMN changes TEXT NOT NULL DEFAULT '[]'`,
  'ALTER TABLE devices ADD COLUMN lifecycle_note TEXT',
  'ALTER TABLE devices ADD COLUMN admin_note TEXT',
  `ALTER TABLE devices ADD COLUMN health TEXT NOT NULL DEFAULT 'ok'`,
  'ALTER TABLE devices ADD COLUMN health_note TEXT',
  'ALTER TABLE devices ADD COLUMN address TEXT',
  'ALTER TABLE devices ADD COLUMN end_reason TEXT',
  'ALTER TABLE commands ADD COLUMN forced INTEGER NOT NULL DEFAULT 0',
  `ALTER TABLE tenants ADD COLUMN policy TEXT NOT NULL DEFAULT '{}'`,

  // Who may speak for whom: the same as the column, to be asked from the other end.
  `CREATE TABLE device_gateways (
    tenant TEXT NOT NULL,
    gateway TEXT NOT NULL,
    device TEXT NOT NULL,
    PRIMARY KEY (tenant, gateway, device),
    FOREIGN KEY (tenant, device) REFERENCES devices (tenant, id) ON DELETE CASCADE
  ) WITHOUT ROWID`,

  // Events of changes, written with them and appended to the stream after them: neither is without the other.
  `CREATE TABLE outbox (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    event TEXT NOT NULL
  )`,
];

export const lives: Migration = {
  async up(database: Kysely<unknown>) {
    for (const statement of STATEMENTS) await sql.raw(statement).execute(database);
  },
};
