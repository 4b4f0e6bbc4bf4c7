/** Models, the version that a device is of, and how often devices broke theirs. */
import {type Kysely, type Migration, sql} from 'kysely';

/** One statement each, in order. */
const STATEMENTS: readonly string[] = [
  `CREATE TABLE models (
    tenant TEXT NOT NULL REFERENCES tenants (id),
    name TEXT NOT NULL,
    version INTEGER NOT NULL,
    spec TEXT NOT NULL,
    expected_interval_ms INTEGER,
    created_ms INTEGER NOT NULL,
    created_by TEXT NOT NULL,
    PRIMARY KEY (tenant, name, version)
  ) WITHOUT ROWID`,
  'ALTER TABLE devices ADD COLUMN model_version INTEGER',
  // When it last said something itself: to be connected is not to be well.
  'ALTER TABLE devices ADD COLUMN last_data_ms INTEGER',
  'CREATE INDEX devices_by_model ON devices (tenant, model, model_version)',
  `CREATE INDEX devices_connected ON devices (connectivity, tenant, model, model_version)
    WHERE connectivity IN ('online', 'stale')`,
  `CREATE TABLE model_faults (
    tenant TEXT NOT NULL,
    name TEXT NOT NULL,
    version INTEGER NOT NULL,
    fault TEXT NOT NULL,
    count INTEGER NOT NULL,
    last_ms INTEGER NOT NULL,
    PRIMARY KEY (tenant, name, version, fault)
  ) WITHOUT ROWID`,
];

export const models: Migration = {
  async up(database: Kysely<unknown>) {
    for (const statement of STATEMENTS) await sql.raw(statement).execute(database);
  },
};
