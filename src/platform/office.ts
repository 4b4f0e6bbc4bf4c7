/** The office: administration with what it needs of the other threads, and its regular work. */
import {Administration} from '../admin/administration.js';
import type {GatewayBans} from '../admin/ban-admin.js';
import type {RootAuthority} from '../admin/certificate-admin.js';
import type {WrittenFiles} from '../admin/consumer-file-admin.js';
import type {DeviceCommands, DeviceData} from '../admin/life-admin.js';
import type {IdentityNews} from '../admin/news.js';
import type {TenantHistory} from '../admin/retention-admin.js';
import type {TenantData} from '../admin/tenant-admin.js';
import type {BackfillStore, BackfillStream} from '../admin/uploads/upload-admin.js';
import type {PeerCertificate} from '../broker/authenticator.js';
import type {CredentialUse, RefusedPeer} from '../broker/tellings.js';
import type {AuditEntry} from '../domain/audit.js';
import type {StoredEvent} from '../domain/event.js';
import type {EnrollingDevice} from '../domain/provisioning.js';
import {PLATFORM} from '../domain/tenant.js';
import {AuditAggregate} from '../registry/audit-aggregate.js';
import type {Registry} from '../registry/registry.js';

export interface OfficeParts {
  readonly registry: Registry;
  readonly news: IdentityNews;
  readonly commands: DeviceCommands;
  readonly data: TenantData & DeviceData;
  readonly history: TenantHistory;
  readonly bans: GatewayBans;
  readonly root: RootAuthority;
  readonly stream: BackfillStream;
  readonly uploadStore: BackfillStore;
  readonly filesFolder: string;
  readonly allowExec: boolean;
  /** Consumers have changed. */
  readonly onConsumers: () => void;
  readonly consumerFiles: WrittenFiles;
  /** There are events of changes to take to the stream. */
  readonly onEvents: () => void;
  readonly onFault: (error: Error) => void;
  /** Can only this machine reach the platform? */
  readonly onLoopback: boolean;
}

/** Counted refusals, last uses and checkpoints are written this often. */
const EVERY_MS = 5000;

export class Office {
  readonly admin: Administration;
  readonly #registry: Registry;
  readonly #refusals: AuditAggregate;
  readonly #timer: NodeJS.Timeout;
  #working: Promise<void> = Promise.resolve();

  constructor({onFault, ...parts}: OfficeParts) {
    this.#registry = parts.registry;
    this.#refusals = new AuditAggregate(entry => parts.registry.record(entry));
    this.admin = new Administration({...parts, refusals: this.#refusals});
    this.#timer = setInterval(() => {
      this.#working = this.#work().catch(onFault);
    }, EVERY_MS).unref();
  }

  /** A device says that it was opened, moved or misused. One that is gone meanwhile says nothing any more. */
  async tampered({tenant, device, payload}: StoredEvent): Promise<void> {
    if (await this.#registry.devices.find(tenant, device))
      await this.admin.lives.tampered({tenant, id: device}, Buffer.from(payload).toString());
  }

  /** Peers that the gateway did not let in, or not let do something. */
  async refused(peers: readonly RefusedPeer[]): Promise<void> {
    for (const peer of peers) await this.#refusals.record(await this.#entryOf(peer));
  }

  /** Whose certificate is this? What is wrong with it is for the log. */
  async identify(leafDer: Uint8Array): Promise<PeerCertificate> {
    try {
      return {ok: true, ...(await this.admin.certificates.identify(Buffer.from(leafDer)))};
    } catch (error) {
      return {ok: false, reason: (error as Error).message, enrols: await this.#enrols(leafDer)};
    }
  }

  /** Does it let its device register, where it lets nobody log in? */
  async #enrols(leafDer: Uint8Array): Promise<EnrollingDevice | undefined> {
    try {
      const shown = {leafDer: Buffer.from(leafDer), chainDer: []};
      const {tenant, device, authorityId} = await this.admin.certificates.identifyForEnrolment(shown);
      return {tenant, registrationId: device, authorityId};
    } catch {
      return undefined;
    }
  }

  async used(uses: readonly CredentialUse[]): Promise<void> {
    await this.#registry.credentials.used(uses);
  }

  /** Writes what is counted, and vouches for every log. */
  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.#working;
    await this.admin.close();
    await this.#refusals.flush();
    await this.admin.writeUses();
    await this.#registry.audit.checkpointAll(Date.now());
  }

  async #work(): Promise<void> {
    await this.#refusals.writeEnded();
    await this.admin.work();
    await this.admin.writeUses();
    await this.#registry.audit.checkpointIfDue(Date.now());
  }

  /** A stranger may name any tenant: only those that there are have a log. */
  async #entryOf({
    tenant,
    name,
    kind,
    action,
    reason,
    subject,
    address,
    count,
  }: RefusedPeer): Promise<AuditEntry> {
    const known = tenant !== '' && (await this.#registry.tenants.facts(tenant)) !== undefined;
    return {
      timeMs: Date.now(),
      tenant: known ? tenant : PLATFORM,
      actor: name === '' ? {kind: 'anonymous', name: 'anonymous', address} : {kind, name, address},
      action,
      target: subject,
      outcome: 'denied',
      reason,
      count,
    };
  }
}
