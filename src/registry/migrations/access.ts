/** Tenants with states and quotas, people, roles, credentials of every kind, authorities, bans. */
import {type Kysely, type Migration, sql} from 'kysely';

/** One statement each, in order. */
const STATEMENTS: readonly string[] = [
  `ALTER TABLE tenants ADD COLUMN state TEXT NOT NULL DEFAULT 'active'`,
  'ALTER TABLE tenants ADD COLUMN reason TEXT',
  `ALTER TABLE tenants ADD COLUMN quotas TEXT NOT NULL DEFAULT '{}'`,
  'ALTER TABLE tenants ADD COLUMN changed_ms INTEGER NOT NULL DEFAULT 0',
  'UPDATE tenants SET changed_ms = created_ms',

  `CREATE TABLE users (
    tenant TEXT NOT NULL REFERENCES tenants (id),
    name TEXT NOT NULL,
    kind TEXT NOT NULL,
    state TEXT NOT NULL,
    display_name TEXT,
    password TEXT,
    created_ms INTEGER NOT NULL,
    last_login_ms INTEGER,
    PRIMARY KEY (tenant, name)
  ) WITHOUT ROWID`,

  `CREATE TABLE bindings (
    id TEXT PRIMARY KEY,
    tenant TEXT NOT NULL REFERENCES tenants (id),
    subject TEXT NOT NULL,
    role TEXT NOT NULL,
    selector TEXT,
    created_ms INTEGER NOT NULL,
    created_by TEXT NOT NULL
  ) WITHOUT ROWID`,
  `CREATE UNIQUE INDEX bindings_of ON bindings (tenant, subject, role, coalesce(selector, ''))`,

  // What the kinds of tokens allowed becomes roles.
  `INSERT INTO bindings SELECT lower(hex(randomblob(16))), tenant, 'token:' || name, 'tenant-admin', NULL, created_ms, 'system'
    FROM tokens WHERE kind = 'admin'`,
  `INSERT INTO bindings SELECT lower(hex(randomblob(16))), tenant, 'token:' || name, 'platform-admin', NULL, created_ms, 'system'
    FROM tokens WHERE kind = 'admin' AND tenant = 'default'`,
  `INSERT INTO bindings SELECT lower(hex(randomblob(16))), tenant, 'token:' || name, 'viewer', NULL, created_ms, 'system'
    FROM tokens WHERE read_telemetry = 1`,
  'ALTER TABLE tokens ADD COLUMN user_name TEXT',
  'ALTER TABLE tokens ADD COLUMN scopes TEXT',
  `ALTER TABLE tokens ADD COLUMN created_by TEXT NOT NULL DEFAULT 'system'`,
  'ALTER TABLE tokens ADD COLUMN last_used_ms INTEGER',
  'ALTER TABLE tokens ADD COLUMN last_used_from TEXT',
  `UPDATE tokens SET scopes = '["event:read"]' WHERE read_telemetry = 1`,
  `UPDATE tokens SET kind = 'api'`,
  'ALTER TABLE tokens DROP COLUMN read_telemetry',

  `CREATE TABLE new_credentials (
    id TEXT PRIMARY KEY,
    tenant TEXT NOT NULL,
    device TEXT NOT NULL,
    kind TEXT NOT NULL,
    proof TEXT NOT NULL,
    serial TEXT,
    not_before_ms INTEGER NOT NULL,
    not_after_ms INTEGER NOT NULL,
    created_ms INTEGER NOT NULL,
    created_by TEXT,
    last_used_ms INTEGER,
    last_used_from TEXT,
    FOREIGN KEY (tenant, device) REFERENCES devices (tenant, id) ON DELETE CASCADE
  ) WITHOUT ROWID`,
  `INSERT INTO new_credentials
    SELECT id, tenant, device, kind, json_object('saltHex', salt, 'hashHex', hash), NULL,
      not_before_ms, not_after_ms, created_ms, NULL, NULL, NULL FROM credentials`,
  'DROP TABLE credentials',
  'ALTER TABLE new_credentials RENAME TO credentials',
  'CREATE INDEX credentials_by_device ON credentials (tenant, device)',

  `CREATE TABLE group_keys (
    tenant TEXT NOT NULL REFERENCES tenants (id),
    name TEXT NOT NULL,
    sealed_key TEXT NOT NULL,
    created_ms INTEGER NOT NULL,
    created_by TEXT NOT NULL,
    PRIMARY KEY (tenant, name)
  ) WITHOUT ROWID`,

  `CREATE TABLE authorities (
    id TEXT PRIMARY KEY,
    tenant TEXT NOT NULL REFERENCES tenants (id),
    kind TEXT NOT NULL,
    state TEXT NOT NULL,
    certificate TEXT NOT NULL,
    sealed_key TEXT,
    code TEXT,
    list_number INTEGER NOT NULL DEFAULT 0,
    created_ms INTEGER NOT NULL,
    created_by TEXT NOT NULL
  ) WITHOUT ROWID`,
  'CREATE INDEX authorities_of ON authorities (tenant)',

  `CREATE TABLE revocations (
    authority TEXT NOT NULL REFERENCES authorities (id) ON DELETE CASCADE,
    serial TEXT NOT NULL,
    revoked_ms INTEGER NOT NULL,
    expires_ms INTEGER NOT NULL,
    PRIMARY KEY (authority, serial)
  ) WITHOUT ROWID`,

  `CREATE TABLE bans (
    id TEXT PRIMARY KEY,
    tenant TEXT,
    device TEXT,
    address TEXT,
    reason TEXT NOT NULL,
    created_ms INTEGER NOT NULL,
    created_by TEXT NOT NULL,
    expires_ms INTEGER
  ) WITHOUT ROWID`,
];

export const access: Migration = {
  async up(database: Kysely<unknown>) {
    for (const statement of STATEMENTS) await sql.raw(statement).execute(database);
  },
};
