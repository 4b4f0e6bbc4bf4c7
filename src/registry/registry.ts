/** The registry: who and what there is, in one SQLite file. Opened by one platform at a time. */
import {chmodSync} from 'node:fs';
import {join} from 'node:path';
import {Kysely, Migrator, SqliteDialect} from 'kysely';
import Database from 'libsql';
import {IotctlError} from '../domain/errors.js';
import type {DeviceIdentity, ServiceIdentity} from '../domain/identity.js';
import {DEFAULT_TENANT} from '../domain/ids.js';
import {Commands} from './commands.js';
import {ConnectivityLog} from './connectivity.js';
import {Devices} from './devices.js';
import {migrations} from './migrations.js';
import type {Schema} from './schema.js';
import {Tokens} from './tokens.js';

/** Something about a device or an application changed that the gateway has to know at once. */
export interface IdentityChange {
  readonly tenant: string;
  readonly name: string;
  /** May it stay connected? */
  readonly usable: boolean;
}

export interface IdentityAnswer {
  readonly device: DeviceIdentity | undefined;
  readonly service: ServiceIdentity | undefined;
  /** Is the claimed client id the name of another device of that tenant? */
  readonly claimedByOther: boolean;
}

const ADMIN_TOKEN = 'admin';

export class Registry {
  readonly devices: Devices;
  readonly tokens: Tokens;
  readonly commands: Commands;
  readonly connectivity: ConnectivityLog;
  readonly #database: Kysely<Schema>;
  readonly #listeners: ((change: IdentityChange) => void)[] = [];

  constructor(database: Kysely<Schema>) {
    this.#database = database;
    this.devices = new Devices(database);
    this.tokens = new Tokens(database);
    this.commands = new Commands(database);
    this.connectivity = new ConnectivityLog(database);
  }

  onIdentityChange(listener: (change: IdentityChange) => void): void {
    this.#listeners.push(listener);
  }

  /** Call after the change is committed. */
  identityChanged(change: IdentityChange): void {
    for (const listener of this.#listeners) listener(change);
  }

  /** First start: tenant `default` and an admin token, whose secret is given back only when it was made now. */
  async bootstrap(nowMs: number): Promise<string | undefined> {
    const made = await this.#database
      .insertInto('tenants')
      .values({id: DEFAULT_TENANT, created_ms: nowMs})
      .onConflict(conflict => conflict.doNothing())
      .executeTakeFirst();
    if (made.numInsertedOrUpdatedRows === 0n) return undefined;
    return (await this.tokens.create(DEFAULT_TENANT, {name: ADMIN_TOKEN, kind: 'admin'}, nowMs)).secret;
  }

  async lookUp({
    tenant,
    name,
    claimed,
  }: {
    tenant: string;
    name: string;
    claimed: string;
  }): Promise<IdentityAnswer> {
    const [device, service, other] = await Promise.all([
      this.devices.identity(tenant, name),
      this.tokens.identity(tenant, name),
      claimed === '' ? undefined : this.devices.find(tenant, claimed),
    ]);
    return {device, service, claimedByOther: other !== undefined};
  }

  async close(): Promise<void> {
    await this.#database.destroy();
  }
}

/** Throws `IOT_DATA_CORRUPT` naming the file when it is not a registry. */
export async function openRegistry(folder: string): Promise<Registry> {
  const file = join(folder, 'registry.db');
  let database: Kysely<Schema> | undefined;
  try {
    const connection = new Database(file, {timeout: 5000});
    chmodSync(file, 0o600);
    // An acknowledged change survives a power cut, not only a crash.
    connection.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON');
    database = new Kysely<Schema>({dialect: new SqliteDialect({database: connection})});
    const {error} = await new Migrator({db: database, provider: migrations}).migrateToLatest();
    if (error) throw error;
    return new Registry(database);
  } catch (error) {
    await database?.destroy().catch(() => {});
    const reason = error instanceof Error ? error.message : String(error);
    throw new IotctlError('IOT_DATA_CORRUPT', `${file} cannot be used as a registry: ${reason}`, {
      cause: error,
    });
  }
}
