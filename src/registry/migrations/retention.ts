/** How long a tenant's data is kept; and where chains of audit records begin whose first ones have left. */
import {type Kysely, type Migration, sql} from 'kysely';

/** One statement each, in order. */
const STATEMENTS: readonly string[] = [
  `ALTER TABLE tenants ADD COLUMN retention TEXT NOT NULL DEFAULT '{}'`,
  `CREATE TABLE audit_beginnings (
    tenant TEXT PRIMARY KEY,
    seq INTEGER NOT NULL,
    hash TEXT NOT NULL,
    time_ms INTEGER NOT NULL,
    key_id TEXT NOT NULL,
    signature TEXT NOT NULL
  ) WITHOUT ROWID`,
];

export const retention: Migration = {
  async up(database: Kysely<unknown>) {
    for (const statement of STATEMENTS) await sql.raw(statement).execute(database);
  },
};
