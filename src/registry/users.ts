/** People and service accounts of a tenant. Their passwords are checked here, their roles are bindings. */
import {IotctlError} from '../domain/errors.js';
import {isName} from '../domain/ids.js';
import type {PasswordHash} from '../domain/password.js';
import type {User} from '../domain/user.js';
import type {UserRow} from './tables/tenants.js';
import type {Database} from './transact.js';

export interface NewUser {
  readonly name: string;
  readonly kind: User['kind'];
  readonly displayName?: string | undefined;
  /** Null for one that cannot log in, such as a service account. */
  readonly password: PasswordHash | null;
}

export interface UserChange {
  readonly state?: User['state'] | undefined;
  readonly displayName?: string | undefined;
  readonly password?: PasswordHash | undefined;
}

export class Users {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** Throws `IOT_USER_EXISTS`, or `IOT_REQUEST_INVALID` for a name that is not one. */
  async create(tenant: string, {name, kind, displayName, password}: NewUser, nowMs: number): Promise<User> {
    if (!isName(name))
      throw new IotctlError(
        'IOT_REQUEST_INVALID',
        `not a name for a user: ${JSON.stringify(name.slice(0, 80))}`,
      );
    const row: UserRow = {
      tenant,
      name,
      kind,
      state: 'active',
      display_name: displayName ?? null,
      password: password && JSON.stringify(password),
      created_ms: nowMs,
      last_login_ms: null,
    };
    const made = await this.#database
      .insertInto('users')
      .values(row)
      .onConflict(conflict => conflict.doNothing())
      .executeTakeFirst();
    if (made.numInsertedOrUpdatedRows === 0n) throw new IotctlError('IOT_USER_EXISTS', `user ${name} exists`);
    return viewOf(row);
  }

  /** Throws `IOT_USER_UNKNOWN`. */
  async get(tenant: string, name: string): Promise<User> {
    const row = await this.find(tenant, name);
    if (!row) throw new IotctlError('IOT_USER_UNKNOWN', `no user ${JSON.stringify(name.slice(0, 80))}`);
    return viewOf(row);
  }

  async list(tenant: string): Promise<User[]> {
    const rows = await this.#database
      .selectFrom('users')
      .selectAll()
      .where('tenant', '=', tenant)
      .orderBy('name')
      .execute();
    return rows.map(viewOf);
  }

  async change(tenant: string, name: string, {state, displayName, password}: UserChange): Promise<User> {
    await this.get(tenant, name);
    const changed = {
      ...(state === undefined ? {} : {state}),
      ...(displayName === undefined ? {} : {display_name: displayName}),
      ...(password === undefined ? {} : {password: JSON.stringify(password)}),
    };
    if (Object.keys(changed).length > 0) {
      await this.#database
        .updateTable('users')
        .set(changed)
        .where('tenant', '=', tenant)
        .where('name', '=', name)
        .execute();
    }
    return await this.get(tenant, name);
  }

  async remove(tenant: string, name: string): Promise<void> {
    await this.get(tenant, name);
    await this.#database.deleteFrom('users').where('tenant', '=', tenant).where('name', '=', name).execute();
  }

  /** What a login is checked against; undefined where there is nobody, or nobody who may log in. */
  async passwordOf(tenant: string, name: string): Promise<PasswordHash | undefined> {
    const row = await this.find(tenant, name);
    if (row?.state !== 'active' || row.password === null) return undefined;
    return JSON.parse(row.password) as PasswordHash;
  }

  async loggedIn(tenant: string, name: string, nowMs: number): Promise<void> {
    await this.#database
      .updateTable('users')
      .set({last_login_ms: nowMs})
      .where('tenant', '=', tenant)
      .where('name', '=', name)
      .execute();
  }

  async find(tenant: string, name: string): Promise<UserRow | undefined> {
    return await this.#database
      .selectFrom('users')
      .selectAll()
      .where('tenant', '=', tenant)
      .where('name', '=', name)
      .executeTakeFirst();
  }
}

const timeOf = (ms: number | null): string | null => (ms === null ? null : new Date(ms).toISOString());

const viewOf = (row: UserRow): User => ({
  name: row.name,
  tenant: row.tenant,
  kind: row.kind,
  state: row.state,
  displayName: row.display_name,
  createdAt: new Date(row.created_ms).toISOString(),
  lastLoginAt: timeOf(row.last_login_ms),
});
