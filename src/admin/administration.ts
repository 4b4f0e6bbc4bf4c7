/** Everything that people change: each change with its record, and with its news once it is committed. */
import type {AuditAggregate} from '../registry/audit-aggregate.js';
import type {Caller} from '../registry/callers.js';
import type {Registry} from '../registry/registry.js';
import {AuditAdmin} from './audit-admin.js';
import {BanAdmin, type GatewayBans} from './ban-admin.js';
import {CertificateAdmin, type RootAuthority} from './certificate-admin.js';
import {Changes} from './changes.js';
import {ClaimAdmin} from './claim-admin.js';
import {ClaimRedemption} from './claim-redemption.js';
import {ConfigurationAdmin} from './configuration-admin.js';
import {ConsumerAdmin} from './consumer-admin.js';
import {ConsumerDesk} from './consumer-desk.js';
import {ConsumerFileAdmin, type WrittenFiles} from './consumer-file-admin.js';
import {CredentialAdmin} from './credential-admin.js';
import {CursorAdmin} from './cursor-admin.js';
import {DeviceAdmin} from './device-admin.js';
import {DeviceImport} from './device-import.js';
import {EnrolmentAdmin} from './enrolment-admin.js';
import {EnrolmentWebhooks} from './enrolment-webhooks.js';
import {FileAdmin} from './files/file-admin.js';
import {FileContents} from './files/file-contents.js';
import {FleetAdmin} from './fleet-admin.js';
import {GroupKeyAdmin} from './group-key-admin.js';
import {type DeviceCommands, type DeviceData, LifeAdmin} from './life-admin.js';
import {ModelAdmin} from './model-admin.js';
import type {IdentityNews} from './news.js';
import {PolicyAdmin} from './policy-admin.js';
import {ProvisioningRefusals} from './provisioning-refusals.js';
import {RegistrationDesk} from './registration.js';
import {RetentionAdmin, type TenantHistory} from './retention-admin.js';
import {RoleAdmin} from './role-admin.js';
import {TenantAdmin, type TenantData} from './tenant-admin.js';
import {TokenAdmin} from './token-admin.js';
import {Turns} from './turns.js';
import {TwinAdmin} from './twin-admin.js';
import {type BackfillStore, type BackfillStream, UploadAdmin} from './uploads/upload-admin.js';
import {UserAdmin} from './user-admin.js';

export interface AdministrationParts {
  readonly registry: Registry;
  readonly refusals: AuditAggregate;
  readonly news: IdentityNews;
  readonly commands: DeviceCommands;
  readonly data: TenantData & DeviceData;
  readonly history: TenantHistory;
  /** Where the contents of files are. */
  readonly filesFolder: string;
  /** Where uploads go. */
  readonly stream: BackfillStream;
  readonly uploadStore: BackfillStore;
  /** There are events in the outbox. */
  readonly onEvents: () => void;
  readonly bans: GatewayBans;
  /** May consumers start commands? Not unless it says so. */
  readonly allowExec?: boolean | undefined;
  /** Consumers have changed. */
  readonly onConsumers?: (() => void) | undefined;
  /** What consumers have written. */
  readonly consumerFiles: WrittenFiles;
  /** Made when it is first needed. */
  readonly root: RootAuthority;
  /** Can only this machine reach the platform? Then a webhook may be on it too. */
  readonly onLoopback: boolean;
  readonly webhookRetryDelaysMs?: readonly number[] | undefined;
  /** Unix milliseconds; another one lets a test see what ends by itself. */
  readonly clock?: (() => number) | undefined;
}

export class Administration {
  readonly changes: Changes;
  readonly devices: DeviceAdmin;
  readonly imports: DeviceImport;
  readonly lives: LifeAdmin;
  readonly models: ModelAdmin;
  readonly fleet: FleetAdmin;
  readonly policy: PolicyAdmin;
  readonly retention: RetentionAdmin;
  readonly claims: ClaimAdmin;
  readonly redemption: ClaimRedemption;
  readonly twins: TwinAdmin;
  readonly enrolment: EnrolmentAdmin;
  readonly registrations: RegistrationDesk;
  readonly configurations: ConfigurationAdmin;
  readonly credentials: CredentialAdmin;
  readonly certificates: CertificateAdmin;
  readonly groupKeys: GroupKeyAdmin;
  readonly cursors: CursorAdmin;
  readonly consumers: ConsumerAdmin;
  readonly consumerDesk: ConsumerDesk;
  readonly consumerFiles: ConsumerFileAdmin;
  readonly uploads: UploadAdmin;
  readonly files: FileAdmin;
  readonly users: UserAdmin;
  readonly tokens: TokenAdmin;
  readonly roles: RoleAdmin;
  readonly tenants: TenantAdmin;
  readonly bans: BanAdmin;
  readonly audit: AuditAdmin;
  readonly #registry: Registry;
  readonly #refused: ProvisioningRefusals;
  readonly #webhooks: EnrolmentWebhooks;
  /** Last uses of tokens that are not written yet, by tenant and name. */
  #uses = new Map<string, {tenant: string; name: string; atMs: number; from: string}>();

  constructor(all: AdministrationParts) {
    const {registry, refusals, news, commands, bans, root, onEvents, clock = Date.now} = all;
    this.#registry = registry;
    this.changes = new Changes(registry, refusals, onEvents);
    const parts = {registry, changes: this.changes, news};
    this.files = new FileAdmin({...parts, clock, contents: new FileContents(all.filesFolder)});
    const data = withFiles(all.data, this.files, registry);
    this.certificates = new CertificateAdmin({...parts, root});
    this.devices = new DeviceAdmin({...parts, certificates: this.certificates});
    this.imports = new DeviceImport(parts);
    this.lives = new LifeAdmin({...parts, commands, data, certificates: this.certificates});
    this.#refused = new ProvisioningRefusals({registry, onEvents, clock});
    const provisioning = {...parts, clock, certificates: this.certificates, refusals: this.#refused};
    this.claims = new ClaimAdmin({...parts, clock});
    this.redemption = new ClaimRedemption(provisioning);
    const {onLoopback: allowLoopback, webhookRetryDelaysMs: retryDelaysMs} = all;
    this.enrolment = new EnrolmentAdmin({...parts, clock, allowLoopback});
    this.#webhooks = new EnrolmentWebhooks({
      clock,
      allowLoopback,
      retryDelaysMs,
      keyOf: group => registry.enrolmentGroups.webhookKeyOf(group),
      onDecision: this.enrolment.decided,
      onFailure: this.enrolment.unanswered,
    });
    this.registrations = new RegistrationDesk({...provisioning, askWebhook: this.#webhooks.ask});
    this.credentials = new CredentialAdmin({...parts, certificates: this.certificates});
    this.groupKeys = new GroupKeyAdmin(parts);
    this.cursors = new CursorAdmin({...parts, clock});
    const {allowExec = false, onConsumers: onChange = () => {}} = all;
    const turns = new Turns();
    this.consumers = new ConsumerAdmin({...parts, clock, allowExec, onChange, turns});
    this.consumerFiles = new ConsumerFileAdmin({...parts, clock, turns, written: all.consumerFiles});
    this.consumerDesk = new ConsumerDesk({registry, onEvents, clock});
    this.models = new ModelAdmin(parts);
    this.policy = new PolicyAdmin(parts);
    this.retention = new RetentionAdmin({...parts, history: all.history});
    this.twins = new TwinAdmin(parts);
    this.configurations = new ConfigurationAdmin(parts);
    this.fleet = new FleetAdmin({
      registry,
      models: this.models,
      configurations: this.configurations,
    });
    this.uploads = new UploadAdmin({...parts, stream: all.stream, store: all.uploadStore, clock});
    this.users = new UserAdmin(parts);
    this.tokens = new TokenAdmin(parts);
    this.roles = new RoleAdmin(parts);
    this.tenants = new TenantAdmin({...parts, data});
    this.bans = new BanAdmin({changes: this.changes, bans});
    this.audit = new AuditAdmin(registry);
  }

  /** Whose secret is this? Its last use is remembered. */
  async caller(secret: string, from: string): Promise<Caller | undefined> {
    const nowMs = Date.now();
    const caller = await this.#registry.caller(secret, nowMs);
    if (caller) {
      const {tenant, token: name} = caller;
      this.#uses.set(`${tenant}/${name}`, {tenant, name, atMs: nowMs, from});
    }
    return caller;
  }

  /** Writes down what ended by itself, and what was counted. To be called now and then. */
  async work(): Promise<void> {
    await this.claims.expire();
    await this.#refused.writeEnded();
    await this.files.tidy();
  }

  /** Lets go of what it asks of others. */
  close(): Promise<void> {
    return this.#webhooks.close();
  }

  /** Once no webhook is being asked any more. */
  settled(): Promise<void> {
    return this.#webhooks.settled();
  }

  /** Writes down when tokens were last used. To be called now and then. */
  async writeUses(): Promise<void> {
    const uses = [...this.#uses.values()];
    this.#uses = new Map();
    if (uses.length > 0) await this.#registry.tokens.used(uses);
  }
}

/** Files are data of their tenant, and of their device; so are events that could not be delivered. */
const withFiles = (
  data: TenantData & DeviceData,
  files: FileAdmin,
  registry: Registry,
): TenantData & DeviceData => ({
  async usage(tenant) {
    const [usage, bytes] = await Promise.all([data.usage(tenant), files.bytes(tenant)]);
    return {...usage, storageBytes: (usage.storageBytes ?? 0) + bytes};
  },
  async eraseDevice(tenant, device) {
    // Each whatever comes of the others: what can be erased is.
    const outcomes = await Promise.allSettled([
      data.eraseDevice(tenant, device),
      files.eraseDevice(tenant, device),
      registry.deadLetters.eraseDevice(tenant, device),
    ]);
    for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason as Error;
  },
  async erase(tenant) {
    await data.erase(tenant);
    await files.eraseTenant(tenant);
  },
});
