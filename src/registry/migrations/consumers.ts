/** Consumers of tenants, how far each has come, and what they could not deliver. */
import {type Kysely, type Migration, sql} from 'kysely';

/** One statement each, in order. */
const STATEMENTS: readonly string[] = [
  `CREATE TABLE consumers (
    tenant TEXT NOT NULL REFERENCES tenants (id),
    name TEXT NOT NULL,
    epoch TEXT NOT NULL,
    target TEXT NOT NULL,
    filter TEXT NOT NULL,
    pace TEXT NOT NULL,
    sealed_secret TEXT NOT NULL,
    state TEXT NOT NULL,
    problem TEXT,
    problem_ms INTEGER,
    told_problem INTEGER NOT NULL DEFAULT 0,
    told_ms INTEGER NOT NULL DEFAULT 0,
    last_offset INTEGER NOT NULL,
    moved_ms INTEGER NOT NULL,
    gap_ms INTEGER,
    created_ms INTEGER NOT NULL,
    created_by TEXT NOT NULL,
    PRIMARY KEY (tenant, name)
  ) WITHOUT ROWID`,
  `CREATE TABLE dead_letters (
    tenant TEXT NOT NULL,
    consumer TEXT NOT NULL,
    "offset" INTEGER NOT NULL,
    device TEXT NOT NULL,
    type TEXT NOT NULL,
    event TEXT NOT NULL,
    reason TEXT NOT NULL,
    attempts INTEGER NOT NULL,
    failed_ms INTEGER NOT NULL,
    replaying INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (tenant, consumer, "offset")
  )`,
];

export const consumers: Migration = {
  async up(database: Kysely<unknown>) {
    for (const statement of STATEMENTS) await sql.raw(statement).execute(database);
  },
};
