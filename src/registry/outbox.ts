/** Events of changes, kept in the transaction of the change until the event stream has them. */
import {sql} from 'kysely';
import type {Database} from './transact.js';

/** An event of the platform about a tenant or one of its devices. */
export interface OutboxEvent {
  readonly tenant: string;
  /** Empty for the tenant's own. */
  readonly device: string;
  readonly type: string;
  readonly recordedMs: number;
  readonly data: unknown;
}

export interface KeptEvent {
  readonly seq: number;
  readonly event: OutboxEvent;
}

/** SQLite takes 32,766 parameters in a statement. */
const ROWS_PER_INSERT = 500;

export class Outbox {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  async add(events: readonly OutboxEvent[]): Promise<void> {
    for (let from = 0; from < events.length; from += ROWS_PER_INSERT)
      await this.#database
        .insertInto('outbox')
        .values(events.slice(from, from + ROWS_PER_INSERT).map(event => ({event: JSON.stringify(event)})))
        .execute();
  }

  /** The oldest, in order. */
  async next(limit: number): Promise<KeptEvent[]> {
    const rows = await this.#database.selectFrom('outbox').selectAll().orderBy('seq').limit(limit).execute();
    return rows.map(({seq, event}) => ({seq, event: JSON.parse(event) as OutboxEvent}));
  }

  /** These are in the stream, before `offset`, and none of those that are left is. */
  async done(seqs: readonly number[], offset: number): Promise<void> {
    await this.#database
      .deleteFrom('outbox')
      .where('seq', 'in', sql<number>`(SELECT value FROM json_each(${JSON.stringify(seqs)}))`)
      .execute();
    await this.#database
      .insertInto('outbox_mark')
      .values({one: 1, offset})
      .onConflict(conflict => conflict.column('one').doUpdateSet({offset}))
      .execute();
  }

  /** The offset of the last call of `done`; undefined where there was none. */
  async mark(): Promise<number | undefined> {
    const row = await this.#database.selectFrom('outbox_mark').select('offset').executeTakeFirst();
    return row?.offset;
  }
}
