/** What becomes of devices that are there: admin states, health, retirement, purge, deletion. */
import type {Device} from '../domain/device.js';
import {type AdminAction, adminStateAfter, lifecycleAfter} from '../domain/lifecycle.js';
import type {Registry} from '../registry/registry.js';
import type {CertificateAdmin} from './certificate-admin.js';
import type {Changes} from './changes.js';
import {tellOfDevice} from './device-news.js';
import {
  type DeviceId,
  deviceEvent,
  type LifeChange,
  REASON_CHARACTERS_MAX,
  refuseEnded,
  takeStep,
} from './device-step.js';
import {type DeviceUpdate, updateDevice} from './device-update.js';
import type {IdentityNews} from './news.js';
import {fromDevice, fromPolicy, nameOf, type Origin} from './origin.js';
import {resetTwin} from './twin-reset.js';

/** What waits for a device. */
export interface DeviceCommands {
  /** Ends all of it. */
  cancelAll(tenant: string, device: string, detail: string): Promise<void>;
  /** The device may be sent commands again. */
  deviceOnline(tenant: string, device: string): Promise<void>;
}

/** What is stored of a device outside of the registry. */
export interface DeviceData {
  eraseDevice(tenant: string, device: string): Promise<void>;
}

export interface LifeParts {
  readonly registry: Registry;
  readonly changes: Changes;
  readonly news: IdentityNews;
  readonly commands: DeviceCommands;
  readonly certificates: CertificateAdmin;
  readonly data: DeviceData;
}

export class LifeAdmin {
  readonly #parts: LifeParts;

  constructor(parts: LifeParts) {
    this.#parts = parts;
  }

  update(
    origin: Origin,
    of: DeviceId,
    update: DeviceUpdate & {ifVersion?: number | undefined},
  ): Promise<Device> {
    return updateDevice(this.#parts, origin, of, update);
  }

  /** Throws `IOT_DEVICE_RETIRED`, `IOT_DEVICE_STATE` or `IOT_DEVICE_CHANGED`. To repeat it is no error. */
  async act(origin: Origin, of: DeviceId, action: AdminAction, change: LifeChange): Promise<Device> {
    let freed = false;
    const device = await takeStep(this.#parts.changes, origin, of, {...change, verb: action}, (_, before) => {
      const to = adminStateAfter(of.id, before, action);
      freed = to === 'enabled' && to !== before.adminState;
      if (to === before.adminState && change.reason === undefined) return undefined;
      return {axis: 'adminState', to, columns: note => ({admin_state: to, admin_note: note})};
    });
    tellOfDevice(this.#parts.news, device, device.via);
    if (freed) await this.#parts.commands.deviceOnline(of.tenant, of.id);
    return device;
  }

  /** Its connection ends, its credentials are revoked, what waits for it is cancelled; id and history stay. */
  async retire(origin: Origin, of: DeviceId, change: LifeChange): Promise<Device> {
    const {changes, certificates} = this.#parts;
    const device = await takeStep(
      changes,
      origin,
      of,
      {...change, verb: 'retire'},
      async (registry, before) => {
        const to = lifecycleAfter(of.id, before.lifecycle, 'retire');
        if (to === before.lifecycle) return undefined;
        const nowMs = Date.now();
        await certificates.revokeAll(registry, {tenant: of.tenant, device: of.id}, nowMs);
        await registry.credentials.revokeAll({tenant: of.tenant, device: of.id});
        return {
          axis: 'lifecycle',
          to,
          columns: note => ({lifecycle: to, lifecycle_note: note, retired_ms: nowMs}),
        };
      },
    );
    await this.#gone(device, 'the device was retired');
    return device;
  }

  /** Its owner lets go of it: its connection ends, its credentials are revoked; it can be claimed again. */
  async disown(origin: Origin, of: DeviceId, change: LifeChange): Promise<Device> {
    const {changes, certificates, news, commands} = this.#parts;
    const verb = {...change, verb: 'disown'};
    const device = await takeStep(changes, origin, of, verb, async (registry, before) => {
      const to = lifecycleAfter(of.id, before.lifecycle, 'disown');
      const nowMs = Date.now();
      await certificates.revokeAll(registry, {tenant: of.tenant, device: of.id}, nowMs);
      await registry.credentials.revokeAll({tenant: of.tenant, device: of.id});
      const {onDisown} = await registry.tenants.policy(of.tenant);
      const by = {by: nameOf(origin), nowMs};
      return {
        axis: 'lifecycle',
        to,
        columns: note => ({lifecycle: to, lifecycle_note: note, released_ms: nowMs}),
        events: onDisown === 'reset-twin' ? await resetTwin(registry, of, by) : [],
      };
    });
    // Whatever it is connected with was revoked just now.
    news.identity({tenant: of.tenant, name: of.id, usable: false});
    await commands.cancelAll(of.tenant, of.id, 'its owner let go of the device');
    return device;
  }

  /** Everything that it said and that was written about it goes; the id and the audit log stay. */
  async purge(origin: Origin, of: DeviceId, change: LifeChange): Promise<Device> {
    const {registry, changes, data, news} = this.#parts;
    lifecycleAfter(of.id, (await registry.devices.get(of.tenant, of.id)).lifecycle, 'purge');
    // First, and again if what follows fails: nothing says that it is purged before it is.
    await data.eraseDevice(of.tenant, of.id);
    const device = await takeStep(changes, origin, of, {...change, verb: 'purge'}, async (now, before) => {
      const to = lifecycleAfter(of.id, before.lifecycle, 'purge');
      if (to === before.lifecycle) return undefined;
      await now.commands.deleteAll(of.tenant, of.id);
      await now.twins.delete({tenant: of.tenant, device: of.id});
      return {axis: 'lifecycle', to, columns: note => ({...BLANK, lifecycle: to, lifecycle_note: note})};
    });
    news.devices({tenant: of.tenant});
    return device;
  }

  /** The id becomes free; a device of the same name gets another generation. */
  async remove(origin: Origin, {tenant, id}: DeviceId, options: {force: boolean}): Promise<void> {
    const change = {tenant, action: 'device:delete', target: `device/${id}`};
    const gone = await this.#parts.changes.apply(origin, change, async registry => {
      const before = await registry.devices.get(tenant, id);
      await this.#parts.certificates.revokeAll(registry, {tenant, device: id}, Date.now());
      await registry.devices.remove(tenant, id, options);
      const told = {generation: before.generation, by: nameOf(origin)};
      return {result: before, before, events: [deviceEvent({tenant, id}, 'device.deleted', told)]};
    });
    await this.#gone(gone, 'the device was deleted');
  }

  /** It was opened, moved or misused, it says: latched, and kept out where the tenant's policy is so. */
  async tampered(of: DeviceId, detail: string): Promise<void> {
    const {changes, registry} = this.#parts;
    const reason = detail.slice(0, REASON_CHARACTERS_MAX);
    await takeStep(changes, fromDevice(of.id), of, {verb: 'tamper', reason}, () => ({
      axis: 'health',
      to: 'tampered',
      columns: note => ({health: 'tampered', health_note: note}),
    }));
    const {onTamper} = await registry.tenants.policy(of.tenant);
    if (onTamper === 'quarantine') await this.act(fromPolicy('tamper'), of, 'quarantine', {reason});
  }

  /** Somebody looked at it, and says what they found. Throws `IOT_DEVICE_RETIRED`. */
  resetHealth(origin: Origin, of: DeviceId, change: LifeChange & {reason: string}): Promise<Device> {
    return takeStep(this.#parts.changes, origin, of, {...change, verb: 'reset-health'}, (_, before) => {
      refuseEnded(before);
      return {axis: 'health', to: 'ok', columns: note => ({health: 'ok', health_note: note})};
    });
  }

  async #gone({tenant, id, via, adminState}: Device, why: string): Promise<void> {
    tellOfDevice(this.#parts.news, {tenant, id, adminState, lifecycle: 'retired'}, via);
    this.#parts.news.devices({tenant});
    await this.#parts.commands.cancelAll(tenant, id, why);
  }
}

/** What is left of a purged device: that there was one. */
const BLANK = {
  model: null,
  model_version: null,
  labels: '{}',
  metadata: '{}',
  components: '{}',
  via: '[]',
  admin_note: null,
  health_note: null,
  address: null,
};
