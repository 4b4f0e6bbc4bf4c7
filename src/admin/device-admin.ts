/** Devices: made and looked up. */
import {type DeviceScope, decideOnDevice} from '../domain/access.js';
import type {Device} from '../domain/device.js';
import {IotctlError} from '../domain/errors.js';
import {usernameOf} from '../domain/identity.js';
import type {By, Wanted} from '../registry/credentials.js';
import type {DeviceChoice, DevicePage, LabelledDevice, PageRequest} from '../registry/device-list.js';
import type {NewDevice} from '../registry/device-row.js';
import type {OutboxEvent} from '../registry/outbox.js';
import type {CreatedDevice} from '../registry/provision.js';
import type {Registry} from '../registry/registry.js';
import type {CertificateAdmin} from './certificate-admin.js';
import type {Changes} from './changes.js';
import {deviceEvent} from './device-step.js';
import {type ResolvedModel, resolveModel} from './model-resolution.js';
import type {IdentityNews} from './news.js';
import {nameOf, type Origin} from './origin.js';

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
  readonly #certificates: CertificateAdmin;

  constructor(parts: {
    registry: Registry;
    changes: Changes;
    news: IdentityNews;
    certificates: CertificateAdmin;
  }) {
    this.#registry = parts.registry;
    this.#changes = parts.changes;
    this.#news = parts.news;
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
      const by = {createdBy: nameOf(origin), nowMs: Date.now()};
      const described = await withModels(registry, tenant, wanted);
      for (const device of described) this.#checkScope(origin, device);
      const result = await registry.createDevices(tenant, described, {...options, ...by});
      if (options.certificate) result[0] = await this.#certify(registry, result[0]!, options.certificate, by);
      const made = result.map(({device}) => device);
      return {result, after: made, events: createdEvents(result, by.createdBy)};
    });
    const gateways = created.flatMap(({device, isNew}) => (isNew ? device.via : []));
    for (const {device} of created) this.#news.identity({tenant, name: device.id, usable: true});
    for (const name of new Set(gateways)) this.#news.identity({tenant, name, usable: true});
    this.#news.devices({tenant});
    return created;
  }

  get(tenant: string, id: string): Promise<Device> {
    return this.#registry.devices.get(tenant, id);
  }

  list(tenant: string, page: PageRequest): Promise<DevicePage> {
    return this.#registry.devices.list(tenant, page);
  }

  count(tenant: string, choice: DeviceChoice): Promise<number> {
    return this.#registry.devices.count(tenant, choice);
  }

  idsIn(tenant: string, scope: DeviceScope): Promise<string[]> {
    return this.#registry.devices.idsIn(tenant, scope);
  }

  labels(tenant: string, choice: DeviceChoice, keys: readonly string[]): Promise<LabelledDevice[]> {
    return this.#registry.devices.labels(tenant, choice, keys);
  }

  async #certify(
    registry: Registry,
    {device, isNew}: CreatedDevice,
    request: {csr: string; certificateDays?: number | undefined},
    by: By,
  ): Promise<CreatedDevice> {
    const of = {tenant: device.tenant, device: device.id};
    if (!isNew) return {device, credential: null, isNew};
    const {certificatePem, chainPem, ...signed} = await this.#certificates.sign(registry, of, request, by);
    await registry.credentials.issue(of, {kind: 'x509', ...signed}, {}, by);
    await registry.devices.provisioned(device.tenant, device.id);
    const username = usernameOf(device.id, device.tenant);
    return {
      device: await registry.devices.get(device.tenant, device.id),
      credential: {username, certificate: certificatePem, chain: chainPem},
      isNew,
    };
  }

  #checkScope({caller}: Origin, {id, model, labels = {}}: NewDevice): void {
    if (!caller) throw new IotctlError('IOT_UNAUTHENTICATED', 'nobody asks for this device');
    const facts = {model: model ?? null, labels, lifecycle: 'registered'} as const;
    const decision = decideOnDevice(caller.access, 'device:create', facts);
    if (!decision.allowed) throw new IotctlError('IOT_FORBIDDEN', `may not create ${id}: ${decision.reason}`);
  }
}

/** `thermostat@1` is that version, `thermostat` the newest; a model that nobody described is a name only. */
async function withModels(
  registry: Registry,
  tenant: string,
  wanted: readonly NewDevice[],
): Promise<NewDevice[]> {
  const resolved = new Map<string, ResolvedModel>();
  for (const {model} of wanted)
    if (model !== undefined && !resolved.has(model))
      resolved.set(model, await resolveModel(registry, tenant, model));
  return wanted.map(device =>
    device.model === undefined ? device : {...device, ...resolved.get(device.model)!},
  );
}

/** Of those that were not there before. */
export const createdEvents = (made: readonly CreatedDevice[], by: string): OutboxEvent[] =>
  made
    .filter(({isNew}) => isNew)
    .map(({device}) =>
      deviceEvent(device, 'device.created', {
        generation: device.generation,
        model: device.model,
        labels: device.labels,
        by,
      }),
    );

const targetOf = (wanted: readonly NewDevice[]): string =>
  wanted.length === 1
    ? `device/${wanted[0]!.id}`
    : `devices/${wanted[0]?.id}…${wanted.at(-1)?.id} (${wanted.length})`;
