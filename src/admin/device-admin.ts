/** Devices: made, retired and deleted. */
import {type DeviceScope, decideOnDevice} from '../domain/access.js';
import type {Device} from '../domain/device.js';
import {IotctlError} from '../domain/errors.js';
import {usernameOf} from '../domain/identity.js';
import type {By, Wanted} from '../registry/credentials.js';
import type {DevicePage, NewDevice, PageRequest} from '../registry/devices.js';
import type {CreatedDevice} from '../registry/provision.js';
import type {Registry} from '../registry/registry.js';
import type {CertificateAdmin} from './certificate-admin.js';
import type {Changes} from './changes.js';
import type {IdentityNews} from './news.js';
import {nameOf, type Origin} from './origin.js';

/** Ends what waits for a device that goes. */
export interface CommandCanceller {
  cancelAll(tenant: string, device: string, detail: string): Promise<void>;
}

export interface CreateOptions {
  readonly ifNotExists: boolean;
  readonly credential: Wanted | null;
  /** A certificate for the one device that is made, from a request that was signed where its key is. */
  readonly certificate?: {readonly csr: string; readonly certificateDays?: number | undefined} | undefined;
}

export class DeviceAdmin {
  readonly #registry: Registry;
  readonly #changes: Changes;
  readonly #news: IdentityNews;
  readonly #commands: CommandCanceller;
  readonly #certificates: CertificateAdmin;

  constructor(parts: {
    registry: Registry;
    changes: Changes;
    news: IdentityNews;
    commands: CommandCanceller;
    certificates: CertificateAdmin;
  }) {
    this.#registry = parts.registry;
    this.#changes = parts.changes;
    this.#news = parts.news;
    this.#commands = parts.commands;
    this.#certificates = parts.certificates;
  }

  /** All or none. A caller that a selector limits makes only devices that it chooses. */
  async create(
    origin: Origin,
    tenant: string,
    wanted: readonly NewDevice[],
    options: CreateOptions,
  ): Promise<CreatedDevice[]> {
    const change = {tenant, action: 'device:create', target: targetOf(wanted)};
    const created = await this.#changes.apply(origin, change, async registry => {
      for (const device of wanted) this.#checkScope(origin, device);
      const by = {createdBy: nameOf(origin), nowMs: Date.now()};
      const result = await registry.createDevices(tenant, wanted, {...options, ...by});
      if (options.certificate) result[0] = await this.#certify(registry, result[0]!, options.certificate, by);
      return {result, after: result.map(({device}) => device)};
    });
    for (const {device} of created) this.#news.identity({tenant, name: device.id, usable: true});
    this.#news.devices({tenant});
    return created;
  }

  get(tenant: string, id: string): Promise<Device> {
    return this.#registry.devices.get(tenant, id);
  }

  list(tenant: string, page: PageRequest): Promise<DevicePage> {
    return this.#registry.devices.list(tenant, page);
  }

  idsIn(tenant: string, scope: DeviceScope): Promise<string[]> {
    return this.#registry.devices.idsIn(tenant, scope);
  }

  /** Its connection ends, its credentials are revoked, what waits for it is cancelled; id and history stay. */
  async retire(origin: Origin, tenant: string, id: string): Promise<Device> {
    const change = {tenant, action: 'device:retire', target: `device/${id}`};
    const device = await this.#changes.apply(origin, change, async registry => {
      const before = await registry.devices.get(tenant, id);
      const nowMs = Date.now();
      await this.#certificates.revokeAll(registry, {tenant, device: id}, nowMs);
      await registry.credentials.revokeAll({tenant, device: id});
      const after = await registry.devices.retire(tenant, id, nowMs);
      return {result: after, before, after};
    });
    await this.#gone(tenant, id, 'the device was retired');
    return device;
  }

  /** The id becomes free; a device of the same name gets another generation. */
  async remove(origin: Origin, tenant: string, id: string, options: {force: boolean}): Promise<void> {
    const change = {tenant, action: 'device:delete', target: `device/${id}`};
    await this.#changes.apply(origin, change, async registry => {
      const before = await registry.devices.get(tenant, id);
      await this.#certificates.revokeAll(registry, {tenant, device: id}, Date.now());
      await registry.devices.remove(tenant, id, options);
      return {result: undefined, before};
    });
    await this.#gone(tenant, id, 'the device was deleted');
  }

  async #certify(
    registry: Registry,
    {device}: CreatedDevice,
    request: {csr: string; certificateDays?: number | undefined},
    by: By,
  ): Promise<CreatedDevice> {
    const of = {tenant: device.tenant, device: device.id};
    if (device.lifecycle !== 'registered') return {device, credential: null};
    const {certificatePem, chainPem, ...signed} = await this.#certificates.sign(registry, of, request, by);
    await registry.credentials.issue(of, {kind: 'x509', ...signed}, {}, by);
    await registry.devices.provisioned(device.tenant, device.id);
    const username = usernameOf(device.id, device.tenant);
    return {
      device: await registry.devices.get(device.tenant, device.id),
      credential: {username, certificate: certificatePem, chain: chainPem},
    };
  }

  async #gone(tenant: string, id: string, why: string): Promise<void> {
    this.#news.identity({tenant, name: id, usable: false});
    this.#news.devices({tenant});
    await this.#commands.cancelAll(tenant, id, why);
  }

  #checkScope({caller}: Origin, {id, model, labels = {}}: NewDevice): void {
    if (!caller) throw new IotctlError('IOT_UNAUTHENTICATED', 'nobody asks for this device');
    const facts = {model: model ?? null, labels, lifecycle: 'registered'} as const;
    const decision = decideOnDevice(caller.access, 'device:create', facts);
    if (!decision.allowed) throw new IotctlError('IOT_FORBIDDEN', `may not create ${id}: ${decision.reason}`);
  }
}

const targetOf = (wanted: readonly NewDevice[]): string =>
  wanted.length === 1
    ? `device/${wanted[0]!.id}`
    : `devices/${wanted[0]?.id}…${wanted.at(-1)?.id} (${wanted.length})`;
