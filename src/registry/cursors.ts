/** Cursors of tenants. They hold back no retention: whoever does not come back does not fill the disk of all. */
import {sql} from 'kysely';
import {CURSORS_MAX, type Cursor} from '../domain/cursor.js';
import {IotctlError} from '../domain/errors.js';
import type {By} from './credentials.js';
import type {CursorRow} from './tables/consumers.js';
import type {Database} from './transact.js';

export class Cursors {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  async list(tenant: string): Promise<Cursor[]> {
    const rows = await this.#database
      .selectFrom('cursors')
      .selectAll()
      .where('tenant', '=', tenant)
      .orderBy('name')
      .execute();
    return rows.map(viewOf);
  }

  async find(tenant: string, name: string): Promise<Cursor | undefined> {
    const row = await this.#database
      .selectFrom('cursors')
      .selectAll()
      .where('tenant', '=', tenant)
      .where('name', '=', name)
      .executeTakeFirst();
    return row && viewOf(row);
  }

  /** Throws `IOT_CURSOR_UNKNOWN`. */
  async get(tenant: string, name: string): Promise<Cursor> {
    const cursor = await this.find(tenant, name);
    if (!cursor) throw unknown(name);
    return cursor;
  }

  /** Throws `IOT_CONFLICT` where the tenant has as many as it may. */
  async create(tenant: string, {name, offset}: Pick<Cursor, 'name' | 'offset'>, by: By): Promise<Cursor> {
    const {count} = await this.#database
      .selectFrom('cursors')
      .select(({fn}) => fn.countAll<number>().as('count'))
      .where('tenant', '=', tenant)
      .executeTakeFirstOrThrow();
    if (count >= CURSORS_MAX)
      throw new IotctlError('IOT_CONFLICT', `tenant ${tenant} has ${CURSORS_MAX} cursors already`);
    const row: CursorRow = {
      tenant,
      name,
      last_offset: offset,
      created_ms: by.nowMs,
      created_by: by.createdBy,
      moved_ms: by.nowMs,
    };
    await this.#database.insertInto('cursors').values(row).execute();
    return viewOf(row);
  }

  /** Forwards only: what comes late changes nothing. Throws `IOT_CURSOR_UNKNOWN`. */
  async move(tenant: string, name: string, offset: number, nowMs: number): Promise<void> {
    const {numUpdatedRows} = await this.#database
      .updateTable('cursors')
      .set({last_offset: sql<number>`max(last_offset, ${offset})`, moved_ms: nowMs})
      .where('tenant', '=', tenant)
      .where('name', '=', name)
      .executeTakeFirst();
    if (numUpdatedRows === 0n) throw unknown(name);
  }

  async remove(tenant: string, name: string): Promise<void> {
    await this.#database
      .deleteFrom('cursors')
      .where('tenant', '=', tenant)
      .where('name', '=', name)
      .execute();
  }
}

const viewOf = (row: CursorRow): Cursor => ({
  name: row.name,
  offset: row.last_offset,
  createdAt: new Date(row.created_ms).toISOString(),
  createdBy: row.created_by,
  movedAt: new Date(row.moved_ms).toISOString(),
});

const unknown = (name: string): IotctlError =>
  new IotctlError('IOT_CURSOR_UNKNOWN', `no cursor ${JSON.stringify(name)}`);
