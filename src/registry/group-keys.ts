/** Keys from which the keys of many devices are derived: for whoever makes devices, never for a device. */
import {randomBytes} from 'node:crypto';
import {KEY_BYTES} from '../domain/device-token.js';
import {IotctlError} from '../domain/errors.js';
import type {GroupKey} from '../domain/identity.js';
import {isName} from '../domain/ids.js';
import type {By} from './credentials.js';
import type {GroupKeyRow} from './tables/credentials.js';
import type {Database} from './transact.js';
import type {Vault} from './vault.js';

export interface GroupKeyView {
  readonly name: string;
  readonly createdAt: string;
  readonly createdBy: string;
}

/** What the keys derived from it are for: to log in, or to enrol. */
type Purpose = GroupKeyRow['purpose'];

export class GroupKeys {
  readonly #database: Database;
  readonly #vault: Vault;

  constructor(database: Database, vault: Vault) {
    this.#database = database;
    this.#vault = vault;
  }

  /** `key` (base64) is in this answer only. Throws `IOT_CONFLICT` for a name that is taken. */
  async create(
    tenant: string,
    name: string,
    {createdBy, nowMs}: By,
    purpose: Purpose = 'login',
  ): Promise<GroupKeyView & {key: string}> {
    if (!isName(name))
      throw new IotctlError(
        'IOT_REQUEST_INVALID',
        `not a name for a key: ${JSON.stringify(name.slice(0, 80))}`,
      );
    const key = randomBytes(KEY_BYTES);
    const made = await this.#database
      .insertInto('group_keys')
      .values({
        tenant,
        name,
        sealed_key: this.#vault.seal(key, purposeOf(tenant, name)),
        created_ms: nowMs,
        created_by: createdBy,
        purpose,
      })
      .onConflict(conflict => conflict.doNothing())
      .executeTakeFirst();
    if (made.numInsertedOrUpdatedRows === 0n)
      throw new IotctlError('IOT_CONFLICT', `group key ${name} exists`);
    return {name, createdAt: new Date(nowMs).toISOString(), createdBy, key: key.toString('base64')};
  }

  async list(tenant: string): Promise<GroupKeyView[]> {
    const rows = await this.#rows(tenant);
    return rows.map(({name, created_ms: ms, created_by: createdBy}) => ({
      name,
      createdAt: new Date(ms).toISOString(),
      createdBy,
    }));
  }

  /** Throws `IOT_NOT_FOUND`. Keys that were derived from it stop working. */
  async remove(tenant: string, name: string): Promise<void> {
    const {numDeletedRows} = await this.#database
      .deleteFrom('group_keys')
      .where('tenant', '=', tenant)
      .where('name', '=', name)
      .where('purpose', '=', 'login')
      .executeTakeFirst();
    if (numDeletedRows === 0n) throw new IotctlError('IOT_NOT_FOUND', `no group key ${JSON.stringify(name)}`);
  }

  /** For the gateway, which derives from them. */
  async open(tenant: string): Promise<GroupKey[]> {
    return (await this.#rows(tenant)).map(({name, sealed_key: sealed}) => ({
      name,
      keyBase64: this.#vault.open(sealed, purposeOf(tenant, name)).toString('base64'),
    }));
  }

  async openOne(tenant: string, name: string, purpose: Purpose): Promise<Buffer | undefined> {
    const row = await this.#database
      .selectFrom('group_keys')
      .select('sealed_key')
      .where('tenant', '=', tenant)
      .where('name', '=', name)
      .where('purpose', '=', purpose)
      .executeTakeFirst();
    return row && this.#vault.open(row.sealed_key, purposeOf(tenant, name));
  }

  async #rows(tenant: string) {
    return await this.#database
      .selectFrom('group_keys')
      .selectAll()
      .where('tenant', '=', tenant)
      .where('purpose', '=', 'login')
      .orderBy('name')
      .execute();
  }
}

const purposeOf = (tenant: string, name: string): string => `group key ${tenant}/${name}`;
