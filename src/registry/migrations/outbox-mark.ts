/** How far the event stream had come when events of changes were last taken over to it. */
import {type Kysely, type Migration, sql} from 'kysely';

export const outboxMark: Migration = {
  async up(database: Kysely<unknown>) {
    await sql`CREATE TABLE outbox_mark (
      one INTEGER PRIMARY KEY CHECK (one = 1),
      offset INTEGER NOT NULL
    )`.execute(database);
  },
};
