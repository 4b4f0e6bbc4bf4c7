/** Twins: a row for each device of which something is desired, reported or noted. */
import {type Kysely, type Migration, sql} from 'kysely';

/** One statement each, in order. */
const STATEMENTS: readonly string[] = [
  // What is short comes first: reading it does not have to go through the documents.
  `CREATE TABLE twins (
    tenant TEXT NOT NULL,
    device TEXT NOT NULL,
    desired_version INTEGER NOT NULL,
    reported_version INTEGER NOT NULL,
    tags_version INTEGER NOT NULL,
    state TEXT NOT NULL,
    state_ms INTEGER,
    acknowledged_version INTEGER,
    acknowledged_status TEXT,
    acknowledged_reason TEXT,
    acknowledged_ms INTEGER,
    reported_offset INTEGER NOT NULL,
    desired TEXT NOT NULL,
    own TEXT,
    reported TEXT NOT NULL,
    tags TEXT NOT NULL,
    desired_marks TEXT NOT NULL,
    reported_marks TEXT NOT NULL,
    tags_marks TEXT NOT NULL,
    PRIMARY KEY (tenant, device),
    FOREIGN KEY (tenant, device) REFERENCES devices (tenant, id) ON DELETE CASCADE
  )`,
];

export const twins: Migration = {
  async up(database: Kysely<unknown>) {
    for (const statement of STATEMENTS) await sql.raw(statement).execute(database);
  },
};
