/** Tokens: what operators and applications prove themselves with. */
import {createHash} from 'node:crypto';
import type {Kysely} from 'kysely';
import {hashSecret, newSecret} from '../domain/credential.js';
import {IotctlError} from '../domain/errors.js';
import {type ServiceIdentity, usernameOf} from '../domain/identity.js';
import {isName} from '../domain/ids.js';
import type {CreatedToken, Token} from '../domain/token.js';
import type {Schema, TokenRow} from './schema.js';

export interface NewToken {
  readonly name: string;
  readonly kind: 'admin' | 'service';
  readonly topics?: readonly string[] | undefined;
  readonly readTelemetry?: boolean | undefined;
  readonly expiresMs?: number | undefined;
}

const SECRET_PREFIX = 'iotctl_pat_';

export class Tokens {
  readonly #database: Kysely<Schema>;

  constructor(database: Kysely<Schema>) {
    this.#database = database;
  }

  /** Throws `IOT_TOKEN_EXISTS`. The secret is in the answer, and nowhere else ever. */
  async create(tenant: string, wanted: NewToken, nowMs: number): Promise<CreatedToken> {
    const {name, kind, topics = [], readTelemetry = false, expiresMs} = wanted;
    if (!isName(name))
      throw new IotctlError('IOT_REQUEST_INVALID', `not a name for a token: ${JSON.stringify(name)}`);
    if (await this.#find(tenant, name)) throw new IotctlError('IOT_TOKEN_EXISTS', `token ${name} exists`);
    const secret = SECRET_PREFIX + newSecret();
    const {saltHex, hashHex} = hashSecret(secret);
    const row: TokenRow = {
      tenant,
      name,
      kind,
      lookup: lookupOf(secret),
      salt: saltHex,
      hash: hashHex,
      topics: JSON.stringify(topics),
      read_telemetry: readTelemetry ? 1 : 0,
      created_ms: nowMs,
      expires_ms: expiresMs ?? null,
    };
    await this.#database.insertInto('tokens').values(row).execute();
    return {...viewOf(row), username: usernameOf(name, tenant), secret};
  }

  async list(tenant: string): Promise<Token[]> {
    const rows = await this.#database
      .selectFrom('tokens')
      .selectAll()
      .where('tenant', '=', tenant)
      .orderBy('name')
      .execute();
    return rows.map(viewOf);
  }

  /** Throws `IOT_TOKEN_UNKNOWN`. */
  async remove(tenant: string, name: string): Promise<void> {
    const {numDeletedRows} = await this.#database
      .deleteFrom('tokens')
      .where('tenant', '=', tenant)
      .where('name', '=', name)
      .executeTakeFirst();
    if (numDeletedRows === 0n) throw new IotctlError('IOT_TOKEN_UNKNOWN', `no token ${JSON.stringify(name)}`);
  }

  /** Whose secret is this? Undefined for nobody's and for an expired one. */
  async authenticate(secret: string, nowMs: number): Promise<Token | undefined> {
    if (!secret.startsWith(SECRET_PREFIX)) return undefined;
    const row = await this.#database
      .selectFrom('tokens')
      .selectAll()
      .where('lookup', '=', lookupOf(secret))
      .executeTakeFirst();
    return row && (row.expires_ms === null || nowMs < row.expires_ms) ? viewOf(row) : undefined;
  }

  /** What the gateway needs to let an application in; admin tokens are for the API alone. */
  async identity(tenant: string, name: string): Promise<ServiceIdentity | undefined> {
    const row = await this.#find(tenant, name);
    if (row?.kind !== 'service') return undefined;
    return {
      kind: 'service',
      tenant,
      name,
      secret: {saltHex: row.salt, hashHex: row.hash},
      expiresMs: row.expires_ms ?? Number.MAX_SAFE_INTEGER,
      topics: JSON.parse(row.topics) as string[],
      readTelemetry: row.read_telemetry === 1,
    };
  }

  async #find(tenant: string, name: string): Promise<TokenRow | undefined> {
    return await this.#database
      .selectFrom('tokens')
      .selectAll()
      .where('tenant', '=', tenant)
      .where('name', '=', name)
      .executeTakeFirst();
  }
}

const lookupOf = (secret: string): string => createHash('sha256').update(secret).digest('hex');

const viewOf = (row: TokenRow): Token => ({
  name: row.name,
  tenant: row.tenant,
  kind: row.kind as Token['kind'],
  topics: JSON.parse(row.topics) as string[],
  readTelemetry: row.read_telemetry === 1,
  createdAt: new Date(row.created_ms).toISOString(),
  expiresAt: row.expires_ms === null ? null : new Date(row.expires_ms).toISOString(),
});
