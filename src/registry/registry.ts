/** The registry: who and what there is, in one SQLite file. Opened by one platform at a time. */
import {Kysely, Migrator} from 'kysely';
import type {AuditCheckpoint, AuditEntry} from '../domain/audit.js';
import {IotctlError} from '../domain/errors.js';
import {DEFAULT_TENANT} from '../domain/ids.js';
import {AuditLog} from './audit-log.js';
import {Authorities} from './authorities.js';
import {Bans} from './bans.js';
import {Bindings} from './bindings.js';
import {type Caller, callerOf} from './callers.js';
import {Claims} from './claims.js';
import {Commands} from './commands.js';
import {Configurations} from './configurations.js';
import {ConnectivityLog} from './connectivity.js';
import {Consumers} from './consumers.js';
import {type By, Credentials, type Wanted} from './credentials.js';
import {Cursors} from './cursors.js';
import {DeadLetters} from './dead-letters.js';
import {DeviceChanges} from './device-changes.js';
import type {NewDevice} from './device-row.js';
import {Devices} from './devices.js';
import {RegistryDialect} from './dialect.js';
import {EnrolmentGroups} from './enrolment-groups.js';
import {Files} from './files.js';
import {GroupKeys} from './group-keys.js';
import {Identities} from './identities.js';
import {migrations} from './migrations.js';
import {Models} from './models.js';
import {Outbox} from './outbox.js';
import {type CreatedDevice, insertDevices, type ProvisionOptions, provisionDevices} from './provision.js';
import {queryRows, type RowsPage} from './query-rows.js';
import {Registrations} from './registrations.js';
import {RetentionPolicies} from './retention.js';
import type {Schema} from './schema.js';
import {SharedCommits} from './shared-commits.js';
import {openSqlite} from './sqlite.js';
import {Staleness} from './staleness.js';
import {Tenants} from './tenants.js';
import {Tokens} from './tokens.js';
import type {Database} from './transact.js';
import {Twins} from './twins.js';
import {Uploads} from './uploads.js';
import {Users} from './users.js';
import {Vault} from './vault.js';

const ADMIN_TOKEN = 'admin';

export class Registry {
  readonly tenants: Tenants;
  readonly users: Users;
  readonly bindings: Bindings;
  readonly tokens: Tokens;
  readonly devices: Devices;
  readonly deviceChanges: DeviceChanges;
  readonly credentials: Credentials;
  readonly claims: Claims;
  readonly enrolmentGroups: EnrolmentGroups;
  readonly registrations: Registrations;
  readonly groupKeys: GroupKeys;
  readonly authorities: Authorities;
  readonly identities: Identities;
  readonly commands: Commands;
  readonly connectivity: ConnectivityLog;
  readonly staleness: Staleness;
  readonly models: Models;
  /** What queries see of devices and commands. */
  readonly queryRows: (request: Parameters<typeof queryRows>[1]) => Promise<RowsPage>;
  readonly twins: Twins;
  readonly configurations: Configurations;
  readonly cursors: Cursors;
  readonly consumers: Consumers;
  readonly deadLetters: DeadLetters;
  readonly uploads: Uploads;
  readonly files: Files;
  readonly bans: Bans;
  readonly retention: RetentionPolicies;
  readonly audit: AuditLog;
  readonly outbox: Outbox;
  readonly #database: Database;
  readonly #vault: Vault;
  /** Undefined for the registry within a transaction. */
  readonly #commits: SharedCommits | undefined;

  constructor(
    database: Database,
    {vault, audit, commits}: {vault: Vault; audit: AuditLog; commits?: SharedCommits},
  ) {
    this.#database = database;
    this.#vault = vault;
    this.#commits = commits;
    this.audit = audit;
    this.tenants = new Tenants(database);
    this.users = new Users(database);
    this.bindings = new Bindings(database);
    this.tokens = new Tokens(database);
    this.devices = new Devices(database);
    this.deviceChanges = new DeviceChanges(database);
    this.credentials = new Credentials(database, vault);
    this.claims = new Claims(database, vault);
    this.enrolmentGroups = new EnrolmentGroups(database, vault);
    this.registrations = new Registrations(database);
    this.groupKeys = new GroupKeys(database, vault);
    this.authorities = new Authorities(database, vault);
    this.identities = new Identities(database, vault);
    this.models = new Models(database);
    this.queryRows = request => queryRows(database, request);
    this.twins = new Twins(database);
    this.configurations = new Configurations(database);
    this.cursors = new Cursors(database);
    this.consumers = new Consumers(database, vault);
    this.deadLetters = new DeadLetters(database);
    this.uploads = new Uploads(database);
    this.files = new Files(database);
    this.bans = new Bans(database);
    this.retention = new RetentionPolicies(database);
    this.outbox = new Outbox(database);
    this.commands = new Commands(database);
    this.connectivity = new ConnectivityLog(database);
    this.staleness = new Staleness(database);
  }

  /**
   * Everything that `work` does through the registry it is given happens together, or not at all. Changes that come at
   * the same time share a commit.
   */
  transact<T>(work: (registry: Registry) => Promise<T>): Promise<T> {
    const parts = {vault: this.#vault, audit: this.audit};
    const within = (database: Database): Promise<T> => work(new Registry(database, parts));
    return this.#commits ? this.#commits.run(within) : within(this.#database);
  }

  /** Adds to the audit log, within the transaction that this registry may be of. */
  async record(entry: AuditEntry): Promise<void> {
    await this.audit.append(this.#database, entry);
  }

  /** Lets the records of the audit log up to a checkpoint leave, within the same. Gives back how many left. */
  async trimAudit(checkpoint: AuditCheckpoint, nowMs: number): Promise<number> {
    return await this.audit.trim(this.#database, checkpoint, nowMs);
  }

  /** What a waiting device shows when it asks what became of its request: made anew each time, and kept nowhere. */
  operationToken(id: string): string {
    return this.#vault.mac(id, 'provisioning operation').toString('base64url');
  }

  createDevices(
    tenant: string,
    wanted: readonly NewDevice[],
    options: ProvisionOptions,
  ): Promise<CreatedDevice[]> {
    return provisionDevices({database: this.#database, vault: this.#vault}, tenant, wanted, options);
  }

  /** Devices that are not there, each with a credential of its own: see `insertDevices`. */
  addDevices<Wish extends NewDevice>(
    tenant: string,
    wanted: readonly Wish[],
    credentialOf: (device: Wish) => Wanted | null,
    by: By,
  ): Promise<CreatedDevice[]> {
    return insertDevices({database: this.#database, vault: this.#vault}, tenant, wanted, credentialOf, by);
  }

  /** Whose secret is this? */
  caller(secret: string, nowMs: number): Promise<Caller | undefined> {
    return callerOf(this.#database, secret, nowMs);
  }

  /** First start: tenant `default` and an admin token, whose secret is given back only when it was made now. */
  async bootstrap(nowMs: number): Promise<string | undefined> {
    return await this.transact(async registry => {
      const present = await registry.tenants.facts(DEFAULT_TENANT);
      if (present) return undefined;
      await registry.tenants.create(DEFAULT_TENANT, {}, nowMs);
      const roles = (['tenant-admin', 'platform-admin'] as const).map(role => ({role, selector: null}));
      const {secret} = await registry.tokens.create(
        DEFAULT_TENANT,
        {name: ADMIN_TOKEN, roles, createdBy: 'system'},
        nowMs,
      );
      return secret;
    });
  }

  async close(): Promise<void> {
    await this.#commits?.idle();
    await this.#database.destroy();
  }
}

/** What the registry's secrets and signatures rest on: kept beside it, never in it. */
export interface RegistryKeys {
  /** 32 bytes that seal the keys which have to be used again. */
  readonly vaultKey: Buffer;
  /** Ed25519 in PEM, which vouches for the audit log. */
  readonly auditKeyPem: string;
}

/** Opens `{folder}/registry.db` and brings its tables up to date. Throws `IOT_DATA_CORRUPT`, naming the file. */
export async function openRegistry(folder: string, {vaultKey, auditKeyPem}: RegistryKeys): Promise<Registry> {
  const file = openSqlite(folder);
  const database = new Kysely<Schema>({dialect: new RegistryDialect(file)});
  const {error} = await new Migrator({db: database, provider: migrations})
    .migrateToLatest()
    .catch((failure: unknown) => ({error: failure}));
  if (error === undefined) {
    const audit = new AuditLog(database, {signingKeyPem: auditKeyPem});
    const commits = new SharedCommits(database, () => file.inTransaction);
    return new Registry(database, {vault: new Vault(vaultKey), audit, commits});
  }
  await database.destroy();
  if (error instanceof IotctlError) throw error;
  throw file.corrupt(reasonOf(error), error);
}

const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : JSON.stringify(error));
