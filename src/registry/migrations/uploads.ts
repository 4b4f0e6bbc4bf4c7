/** Uploads, and how far each has come. */
import {type Kysely, type Migration, sql} from 'kysely';

export const uploads: Migration = {
  async up(database: Kysely<unknown>) {
    await sql`CREATE TABLE uploads (
      tenant TEXT NOT NULL REFERENCES tenants (id),
      id TEXT NOT NULL,
      name TEXT NOT NULL,
      digest TEXT NOT NULL,
      state TEXT NOT NULL,
      next_part INTEGER NOT NULL,
      begun_digest TEXT,
      begun_offset INTEGER,
      answer TEXT,
      rows_accepted INTEGER NOT NULL,
      rows_refused INTEGER NOT NULL,
      created_ms INTEGER NOT NULL,
      created_by TEXT NOT NULL,
      finished_ms INTEGER,
      PRIMARY KEY (tenant, id)
    )`.execute(database);
    await sql`CREATE UNIQUE INDEX uploads_digest ON uploads (tenant, created_by, digest)`.execute(database);
  },
};
