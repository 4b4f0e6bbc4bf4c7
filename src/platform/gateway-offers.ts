/** What the gateway thread and the main thread offer each other: the whole of what crosses between them. */
import type {PeerCertificate} from '../broker/authenticator.js';
import type {BackfillMessage} from '../broker/backfill.js';
import type {CommandDelivery, DeviceError, GatewayReport} from '../broker/gateway-contract.js';
import type {DeviceLogin, HttpIngest} from '../broker/http-door.js';
import type {LookUpAnswer, LookUpRequest} from '../broker/identity-cache.js';
import type {ModelFault} from '../broker/model-checks.js';
import type {SeenDevice} from '../broker/presence.js';
import type {ProvisioningQuestion, ProvisioningReply} from '../broker/provisioning-door.js';
import type {CredentialUse, RefusedPeer} from '../broker/tellings.js';
import type {TwinPatch, WholeTwin} from '../broker/twin-delivery.js';
import type {Ban} from '../domain/ban.js';
import type {NewEvent} from '../domain/event.js';
import type {Limits} from '../domain/limits.js';
import type {ModelSpec} from '../domain/model.js';
import type {QuotaUsage} from '../domain/tenant.js';
import type {Retention} from './options.js';
import type {LogNotice} from './thread-log.js';

export type GatewayOffers = {
  /** Appends an event of the platform itself; answers with its offset once it is on disk. */
  append(event: NewEvent): Promise<number>;
  /** Appends what was measured before; answers once it is on disk. */
  backfill(messages: readonly BackfillMessage[]): Promise<void>;
  /** The events that these would be, for the store alone. */
  backfillEvents(messages: readonly BackfillMessage[]): Promise<NewEvent[]>;
  /** Authenticates a device that came by HTTP, and appends what it said. */
  ingest(request: HttpIngest): Promise<number>;
  /** Undefined for one that is not let in. */
  authenticate(login: DeviceLogin): Promise<{tenant: string; device: string} | undefined>;
  deliver(delivery: CommandDelivery): 'sent' | 'offline';
  /** Desired documents that were asked for. */
  wholeTwins(twins: readonly WholeTwin[]): void;
  /** Desired documents that changed, in the order of their changes. */
  twinPatches(patches: readonly TwinPatch[]): void;
  /** Something that a device said was refused after its PUBACK. */
  deviceErrors(errors: readonly DeviceError[]): void;
  /** Something about this device or application changed; `usable` says whether it may stay connected. */
  identityChanged(change: {tenant: string; name: string; usable: boolean}): void;
  /** A tenant's state or quotas changed; `usable` says whether its connections may stay. */
  tenantChanged(change: {tenant: string; usable: boolean}): void;
  /** Devices of it came, went, or have other labels: those who are limited by a selector may see others now. */
  devicesChanged(change: {tenant: string}): void;
  /** The tenant's storage is full, or has room again. */
  storageFull(change: {tenant: string; full: boolean}): void;
  /** Everything that is kept of a deleted tenant's sessions goes. */
  forgetTenant(tenant: string): Promise<void>;
  usage(
    tenant: string,
  ): Pick<QuotaUsage, 'connections' | 'publishesPerSec' | 'bytesPerSec' | 'retainedMessages'>;
  bans(nothing: undefined): readonly Ban[];
  ban(ban: Ban): void;
  unban(id: string): boolean;
  /** Counts since the start, and the longest delay of the thread's event loop since the last report. */
  report(nothing: undefined): GatewayReport & {readonly loopDelayMsMax: number};
  close(nothing: undefined): Promise<void>;
};

export type OffersToGateway = {
  ready(ports: GatewayPorts): void;
  /** Answers in the order of the requests, which are many when a fleet comes back. */
  lookUp(requests: readonly LookUpRequest[]): Promise<LookUpAnswer[]>;
  /** Undefined for a version that is not there. */
  loadModel(request: {tenant: string; name: string; version: number}): Promise<ModelSpec | undefined>;
  /** What a device that nobody knows yet asks for. */
  provision(question: ProvisioningQuestion): Promise<ProvisioningReply>;
  /** Whose certificate (DER) is this? */
  identify(leafDer: Uint8Array): Promise<PeerCertificate>;
  /** Everything before `head` is on disk; `notable` are offsets that control and the registry have to read. */
  committed(news: {head: number; notable: readonly number[]}): void;
  /** The device can be sent commands now: it is connected and subscribed to them. */
  commandReady(device: {tenant: string; device: string}): void;
  /** The device's PUBACK for a command arrived. */
  delivered(command: {id: string}): void;
  /** A connection ended before it acknowledged these commands. */
  undelivered(commands: {ids: readonly string[]}): void;
  /** Devices that subscribed to their desired documents, or asked for them: `wholeTwins` answers. */
  twinsWanted(devices: readonly {tenant: string; device: string}[]): void;
  /** Devices heard of since the last such notice. */
  seen(devices: readonly SeenDevice[]): void;
  /** Who was refused since the last such notice. */
  refused(peers: readonly RefusedPeer[]): void;
  /** Models that were broken since the last such notice. */
  modelFaults(faults: readonly ModelFault[]): void;
  /** Credentials that were used since the last such notice. */
  used(uses: readonly CredentialUse[]): void;
  log(notice: LogNotice): void;
};

/** Ports that are listened on; undefined where that door is shut. */
export interface GatewayPorts {
  readonly mqtt?: number | undefined;
  readonly ws?: number | undefined;
  readonly mqtts?: number | undefined;
  readonly wss?: number | undefined;
}

export interface GatewayThreadData {
  readonly host: string;
  readonly ports: GatewayPorts;
  /** Certificate, with its chain, and key, in PEM: for the doors that need them. */
  readonly tls: {readonly certificatePem: string; readonly keyPem: string} | undefined;
  readonly limits: Partial<Limits>;
  readonly bans: readonly Ban[];
  readonly retention: Retention;
  readonly streamFolder: string;
  readonly sessionsFolder: string;
}
