/** Configurations, the devices that each is about, and the devices that have to be looked at again. */
import {type Kysely, type Migration, sql} from 'kysely';

/** One statement each, in order. */
const STATEMENTS: readonly string[] = [
  `CREATE TABLE configurations (
    tenant TEXT NOT NULL REFERENCES tenants (id),
    name TEXT NOT NULL,
    selector TEXT,
    priority INTEGER NOT NULL,
    revision INTEGER NOT NULL,
    patches TEXT NOT NULL,
    stages TEXT NOT NULL,
    rejected_percent_max REAL NOT NULL,
    rejected_accepted INTEGER NOT NULL,
    phase TEXT NOT NULL,
    stage INTEGER NOT NULL,
    threshold REAL NOT NULL,
    scanned_to TEXT NOT NULL,
    stop_reason TEXT,
    created_ms INTEGER NOT NULL,
    created_by TEXT NOT NULL,
    changed_ms INTEGER NOT NULL,
    changed_by TEXT NOT NULL,
    PRIMARY KEY (tenant, name)
  ) WITHOUT ROWID`,
  `CREATE TABLE configuration_targets (
    tenant TEXT NOT NULL,
    configuration TEXT NOT NULL,
    device TEXT NOT NULL,
    bucket REAL NOT NULL,
    laid_revision INTEGER NOT NULL,
    fault TEXT,
    PRIMARY KEY (tenant, device, configuration),
    FOREIGN KEY (tenant, device) REFERENCES devices (tenant, id) ON DELETE CASCADE
  ) WITHOUT ROWID`,
  'CREATE INDEX configuration_targets_by_revision ON configuration_targets (tenant, configuration, laid_revision, bucket)',
  'CREATE INDEX configuration_targets_by_bucket ON configuration_targets (tenant, configuration, bucket)',
  `CREATE INDEX configuration_faults ON configuration_targets (tenant, configuration) WHERE fault IS NOT NULL`,
  `CREATE INDEX twins_pending ON twins (tenant, device) WHERE state = 'pending'`,
  `CREATE INDEX twins_rejected ON twins (tenant, device) WHERE state = 'rejected'`,

  // Written by the database itself, whoever makes or changes a device: none is forgotten.
  `CREATE TABLE configuration_dirty (
    tenant TEXT NOT NULL,
    device TEXT NOT NULL,
    PRIMARY KEY (tenant, device)
  ) WITHOUT ROWID`,
  `CREATE TRIGGER configuration_dirty_of_new AFTER INSERT ON devices
    WHEN EXISTS (SELECT 1 FROM configurations WHERE tenant = new.tenant) BEGIN
    INSERT OR IGNORE INTO configuration_dirty (tenant, device) VALUES (new.tenant, new.id);
  END`,
  `CREATE TRIGGER configuration_dirty_of_changed AFTER UPDATE OF labels, model, model_version, lifecycle ON devices
    WHEN (old.labels <> new.labels OR old.model IS NOT new.model OR old.model_version IS NOT new.model_version
      OR old.lifecycle <> new.lifecycle)
      AND EXISTS (SELECT 1 FROM configurations WHERE tenant = new.tenant) BEGIN
    INSERT OR IGNORE INTO configuration_dirty (tenant, device) VALUES (new.tenant, new.id);
  END`,
];

export const configurations: Migration = {
  async up(database: Kysely<unknown>) {
    for (const statement of STATEMENTS) await sql.raw(statement).execute(database);
  },
};
