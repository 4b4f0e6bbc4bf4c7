/** Claims: codes with which devices get their first credential. */
import {type Kysely, type Migration, sql} from 'kysely';

/** One statement each, in order. */
const STATEMENTS: readonly string[] = [
  `CREATE TABLE claims (
    tenant TEXT NOT NULL REFERENCES tenants (id),
    id TEXT NOT NULL,
    lookup TEXT NOT NULL,
    proof TEXT NOT NULL,
    state TEXT NOT NULL,
    device TEXT,
    generation TEXT,
    model TEXT,
    model_ref TEXT,
    labels TEXT NOT NULL,
    serial TEXT,
    approval INTEGER NOT NULL,
    redeemer TEXT,
    request TEXT,
    credential TEXT,
    created_ms INTEGER NOT NULL,
    created_by TEXT NOT NULL,
    expires_ms INTEGER NOT NULL,
    decided_by TEXT,
    presented_from TEXT,
    redeemed_ms INTEGER,
    PRIMARY KEY (tenant, id)
  ) WITHOUT ROWID`,
  'CREATE UNIQUE INDEX claims_by_id ON claims (id)',
  'CREATE INDEX claims_by_code ON claims (lookup)',
  `CREATE INDEX claims_waiting ON claims (expires_ms) WHERE state IN ('open', 'pending')`,
];

export const claims: Migration = {
  async up(database: Kysely<unknown>) {
    for (const statement of STATEMENTS) await sql.raw(statement).execute(database);
  },
};
