/** Transactions that compose: work that needs one joins the one that its caller has begun. */
import type {Kysely} from 'kysely';
import type {Schema} from './schema.js';

export type Database = Kysely<Schema>;

/** Runs `work` in a transaction, the present one or a new one. */
export async function transact<T>(database: Database, work: (database: Database) => Promise<T>): Promise<T> {
  return database.isTransaction ? await work(database) : await database.transaction().execute(work);
}
