/** Labels to be found by: the same as the column, kept by the database itself whoever changes that. */
import {type Kysely, type Migration, sql} from 'kysely';

/** One statement each, in order. */
const STATEMENTS: readonly string[] = [
  // In the order of the ids for each label, so that a page of them is read from where it begins.
  `CREATE TABLE device_labels (
    tenant TEXT NOT NULL,
    key TEXT NOT NULL,
    value TEXT NOT NULL,
    device TEXT NOT NULL,
    PRIMARY KEY (tenant, key, value, device)
  ) WITHOUT ROWID`,
  `INSERT INTO device_labels (tenant, key, value, device)
    SELECT devices.tenant, label.key, label.value, devices.id FROM devices, json_each(devices.labels) AS label`,
  `CREATE TRIGGER device_labels_of_new AFTER INSERT ON devices WHEN new.labels <> '{}' BEGIN
    INSERT INTO device_labels (tenant, key, value, device)
      SELECT new.tenant, label.key, label.value, new.id FROM json_each(new.labels) AS label;
  END`,
  `CREATE TRIGGER device_labels_of_changed AFTER UPDATE OF labels ON devices WHEN old.labels <> new.labels BEGIN
    DELETE FROM device_labels WHERE (tenant, key, value, device) IN
      (SELECT old.tenant, label.key, label.value, old.id FROM json_each(old.labels) AS label);
    INSERT INTO device_labels (tenant, key, value, device)
      SELECT new.tenant, label.key, label.value, new.id FROM json_each(new.labels) AS label;
  END`,
  `CREATE TRIGGER device_labels_of_gone AFTER DELETE ON devices WHEN old.labels <> '{}' BEGIN
    DELETE FROM device_labels WHERE (tenant, key, value, device) IN
      (SELECT old.tenant, label.key, label.value, old.id FROM json_each(old.labels) AS label);
  END`,
  // A page of a model is read in the order of the ids too.
  'CREATE INDEX devices_of_model ON devices (tenant, model, id)',
  // Whoever deletes a device, or says whom else it speaks through, looks for what it spoke through.
  'CREATE INDEX device_gateways_by_device ON device_gateways (tenant, device)',
];

export const labels: Migration = {
  async up(database: Kysely<unknown>) {
    for (const statement of STATEMENTS) await sql.raw(statement).execute(database);
  },
};
