/** How far those have come who read a tenant's events under a name. */
import {type Kysely, type Migration, sql} from 'kysely';

export const cursors: Migration = {
  async up(database: Kysely<unknown>) {
    await sql`CREATE TABLE cursors (
      tenant TEXT NOT NULL REFERENCES tenants (id),
      name TEXT NOT NULL,
      last_offset INTEGER NOT NULL,
      created_ms INTEGER NOT NULL,
      created_by TEXT NOT NULL,
      moved_ms INTEGER NOT NULL,
      PRIMARY KEY (tenant, name)
    ) WITHOUT ROWID`.execute(database);
  },
};
