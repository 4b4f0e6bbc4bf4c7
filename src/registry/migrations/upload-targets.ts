/** Uploads that go into the store alone. */
import {type Kysely, type Migration, sql} from 'kysely';

export const uploadTargets: Migration = {
  async up(database: Kysely<unknown>) {
    await sql`ALTER TABLE uploads ADD COLUMN target TEXT NOT NULL DEFAULT 'stream'`.execute(database);
  },
};
