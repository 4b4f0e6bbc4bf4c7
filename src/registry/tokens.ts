/** Tokens: what people, applications and machines prove themselves with. */
import {createHash} from 'node:crypto';
import type {Grant} from '../domain/access.js';
import {hashSecret, newSecret} from '../domain/credential.js';
import {IotctlError} from '../domain/errors.js';
import {usernameOf} from '../domain/identity.js';
import {isName} from '../domain/ids.js';
import type {CreatedToken, Token} from '../domain/token.js';
import type {Subject} from '../domain/user.js';
import {Bindings} from './bindings.js';
import type {TokenRow} from './tables/tenants.js';
import {type Database, transact} from './transact.js';

export interface NewToken {
  readonly name: string;
  readonly kind?: Token['kind'] | undefined;
  /** Whose roles it has; without one it has `roles` of its own. */
  readonly user?: string | undefined;
  readonly roles?: readonly Grant[] | undefined;
  readonly scopes?: readonly string[] | undefined;
  readonly topics?: readonly string[] | undefined;
  readonly expiresMs?: number | undefined;
  readonly createdBy: string;
}

const SECRET_PREFIX = 'iotctl_pat_';

export class Tokens {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** Throws `IOT_TOKEN_EXISTS`. The secret is in the answer, and nowhere else ever. */
  async create(tenant: string, wanted: NewToken, nowMs: number): Promise<CreatedToken> {
    const {name, kind = 'api', user, roles = [], scopes, topics = [], expiresMs, createdBy} = wanted;
    if (!isName(name))
      throw new IotctlError(
        'IOT_REQUEST_INVALID',
        `not a name for a token: ${JSON.stringify(name.slice(0, 80))}`,
      );
    const secret = SECRET_PREFIX + newSecret();
    const {saltHex, hashHex} = hashSecret(secret);
    const row: TokenRow = {
      tenant,
      name,
      kind,
      lookup: lookupOf(secret),
      salt: saltHex,
      hash: hashHex,
      user_name: user ?? null,
      scopes: scopes ? JSON.stringify(scopes) : null,
      topics: JSON.stringify(topics),
      created_ms: nowMs,
      created_by: createdBy,
      expires_ms: expiresMs ?? null,
      last_used_ms: null,
      last_used_from: null,
    };
    return await transact(this.#database, async database => {
      if (await new Tokens(database).find(tenant, name))
        throw new IotctlError('IOT_TOKEN_EXISTS', `token ${name} exists`);
      await database.insertInto('tokens').values(row).execute();
      const bindings = new Bindings(database);
      for (const role of roles)
        await bindings.add(tenant, {subject: `token:${name}`, ...role}, {createdBy, nowMs});
      return {...(await viewOf(database, row)), username: usernameOf(name, tenant), secret};
    });
  }

  async list(tenant: string): Promise<Token[]> {
    const rows = await this.#database
      .selectFrom('tokens')
      .selectAll()
      .where('tenant', '=', tenant)
      .orderBy('name')
      .execute();
    return await Promise.all(rows.map(row => viewOf(this.#database, row)));
  }

  /** Throws `IOT_TOKEN_UNKNOWN`. */
  async get(tenant: string, name: string): Promise<Token> {
    const row = await this.find(tenant, name);
    if (!row) throw new IotctlError('IOT_TOKEN_UNKNOWN', `no token ${JSON.stringify(name.slice(0, 80))}`);
    return await viewOf(this.#database, row);
  }

  /** Throws `IOT_TOKEN_UNKNOWN`, or `IOT_LAST_ADMIN` where nobody would be left to give roles. */
  async remove(tenant: string, name: string): Promise<void> {
    const token = await this.get(tenant, name);
    await transact(this.#database, async database => {
      const bindings = new Bindings(database);
      if (token.user === null && token.kind === 'api')
        for (const {role} of token.roles) await bindings.refuseLast(tenant, role, `token:${name}`);
      await bindings.removeAll(tenant, `token:${name}`);
      await database.deleteFrom('tokens').where('tenant', '=', tenant).where('name', '=', name).execute();
    });
  }

  /** The names of a user's tokens; they end with their user. */
  async ofUser(tenant: string, user: string): Promise<string[]> {
    const rows = await this.#database
      .selectFrom('tokens')
      .select('name')
      .where('tenant', '=', tenant)
      .where('user_name', '=', user)
      .execute();
    return rows.map(({name}) => name);
  }

  /** Whose secret is this? Undefined for nobody's and for an expired one. */
  async findBySecret(secret: string, nowMs: number): Promise<TokenRow | undefined> {
    if (!secret.startsWith(SECRET_PREFIX)) return undefined;
    const row = await this.#database
      .selectFrom('tokens')
      .selectAll()
      .where('lookup', '=', lookupOf(secret))
      .executeTakeFirst();
    return row && (row.expires_ms === null || nowMs < row.expires_ms) ? row : undefined;
  }

  async used(uses: readonly {tenant: string; name: string; atMs: number; from: string}[]): Promise<void> {
    await transact(this.#database, async database => {
      for (const {tenant, name, atMs, from} of uses) {
        await database
          .updateTable('tokens')
          .set({last_used_ms: atMs, last_used_from: from})
          .where('tenant', '=', tenant)
          .where('name', '=', name)
          .execute();
      }
    });
  }

  /** Sessions and ways in that are over are nobody's any more. */
  async removeExpired(nowMs: number): Promise<void> {
    const expired = await this.#database
      .selectFrom('tokens')
      .select(['tenant', 'name'])
      .where('kind', '!=', 'api')
      .where('expires_ms', '<', nowMs)
      .execute();
    for (const {tenant, name} of expired) await this.remove(tenant, name);
  }

  async named(tenant: string, names: readonly string[]): Promise<TokenRow[]> {
    return await this.#database
      .selectFrom('tokens')
      .selectAll()
      .where('tenant', '=', tenant)
      .where('name', 'in', names)
      .execute();
  }

  async find(tenant: string, name: string): Promise<TokenRow | undefined> {
    return await this.#database
      .selectFrom('tokens')
      .selectAll()
      .where('tenant', '=', tenant)
      .where('name', '=', name)
      .executeTakeFirst();
  }
}

/** Whose roles a token has. */
export const subjectOf = ({name, user_name: user}: Pick<TokenRow, 'name' | 'user_name'>): Subject =>
  user === null ? `token:${name}` : `user:${user}`;

const lookupOf = (secret: string): string => createHash('sha256').update(secret).digest('hex');

const timeOf = (ms: number | null): string | null => (ms === null ? null : new Date(ms).toISOString());

const viewOf = async (database: Database, row: TokenRow): Promise<Token> => ({
  name: row.name,
  tenant: row.tenant,
  kind: row.kind,
  user: row.user_name,
  roles: await new Bindings(database).grantsOf(row.tenant, subjectOf(row)),
  scopes: row.scopes === null ? null : (JSON.parse(row.scopes) as string[]),
  topics: JSON.parse(row.topics) as string[],
  createdAt: new Date(row.created_ms).toISOString(),
  createdBy: row.created_by,
  expiresAt: timeOf(row.expires_ms),
  lastUsedAt: timeOf(row.last_used_ms),
  lastUsedFrom: row.last_used_from,
});
