/** Bans that people made: they outlive the gateway, which enforces them. */
import {IotctlError} from '../domain/errors.js';
import type {BanRow} from './tables/credentials.js';
import type {Database} from './transact.js';

export class Bans {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  async add(row: BanRow): Promise<void> {
    await this.#database.insertInto('bans').values(row).execute();
  }

  /** Those that have not ended, oldest first. */
  async list(nowMs: number): Promise<BanRow[]> {
    return await this.#database
      .selectFrom('bans')
      .selectAll()
      .where(eb => eb.or([eb('expires_ms', 'is', null), eb('expires_ms', '>', nowMs)]))
      .orderBy('id')
      .execute();
  }

  /** Throws `IOT_BAN_UNKNOWN`. */
  async remove(id: string): Promise<void> {
    const {numDeletedRows} = await this.#database.deleteFrom('bans').where('id', '=', id).executeTakeFirst();
    if (numDeletedRows === 0n) throw new IotctlError('IOT_BAN_UNKNOWN', `no ban ${JSON.stringify(id)}`);
  }

  async removeExpired(nowMs: number): Promise<void> {
    await this.#database.deleteFrom('bans').where('expires_ms', '<', nowMs).execute();
  }
}
