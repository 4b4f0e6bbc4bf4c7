/** Files that are no events, and how much of each has come. */
import {type Kysely, type Migration, sql} from 'kysely';

export const files: Migration = {
  async up(database: Kysely<unknown>) {
    await sql`CREATE TABLE files (
      tenant TEXT NOT NULL REFERENCES tenants (id),
      id TEXT NOT NULL,
      name TEXT NOT NULL,
      device TEXT,
      state TEXT NOT NULL,
      bytes INTEGER NOT NULL,
      digest TEXT NOT NULL,
      content_type TEXT NOT NULL,
      created_ms INTEGER NOT NULL,
      created_by TEXT NOT NULL,
      stored_ms INTEGER,
      PRIMARY KEY (tenant, id)
    )`.execute(database);
    await sql`CREATE INDEX files_device ON files (tenant, device, name)`.execute(database);
    await sql`CREATE UNIQUE INDEX files_arriving ON files (tenant, created_by, ifnull(device, ''), name, digest)
      WHERE state = 'arriving'`.execute(database);
  },
};
