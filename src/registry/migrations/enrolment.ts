/** Enrolment groups, and what came through them. */
import {type Kysely, type Migration, sql} from 'kysely';

/** One statement each, in order. */
const STATEMENTS: readonly string[] = [
  `CREATE TABLE enrolment_groups (
    tenant TEXT NOT NULL REFERENCES tenants (id),
    name TEXT NOT NULL,
    kind TEXT NOT NULL,
    authority TEXT,
    model TEXT,
    model_ref TEXT,
    labels TEXT NOT NULL,
    approval TEXT NOT NULL,
    webhook TEXT,
    sealed_webhook_key TEXT,
    allow_private INTEGER NOT NULL,
    reprovision TEXT NOT NULL,
    state TEXT NOT NULL,
    created_ms INTEGER NOT NULL,
    created_by TEXT NOT NULL,
    PRIMARY KEY (tenant, name)
  ) WITHOUT ROWID`,
  `CREATE TABLE registrations (
    tenant TEXT NOT NULL,
    group_name TEXT NOT NULL,
    registration_id TEXT NOT NULL,
    operation TEXT NOT NULL,
    state TEXT NOT NULL,
    request TEXT,
    requested_ms INTEGER,
    requested_from TEXT,
    decided_by TEXT,
    reason TEXT,
    generation TEXT,
    credential TEXT,
    registered_ms INTEGER,
    PRIMARY KEY (tenant, registration_id, group_name)
  ) WITHOUT ROWID`,
  'CREATE UNIQUE INDEX registrations_by_operation ON registrations (operation)',
  'CREATE INDEX registrations_by_group ON registrations (tenant, group_name, state, registration_id)',
  // A key, or an authority, lets devices in, or lets them enrol, and not both.
  `ALTER TABLE group_keys ADD COLUMN purpose TEXT NOT NULL DEFAULT 'login'`,
  `ALTER TABLE authorities ADD COLUMN purpose TEXT NOT NULL DEFAULT 'login'`,
  // Since when nobody owns it any more: what does not belong to it alone lets it in no longer.
  'ALTER TABLE devices ADD COLUMN released_ms INTEGER',
];

export const enrolment: Migration = {
  async up(database: Kysely<unknown>) {
    for (const statement of STATEMENTS) await sql.raw(statement).execute(database);
  },
};
