/** Compares a fleet, as a file describes it, with what there is. Nothing is changed here. */
import {type Access, decideOnDevice} from '../domain/access.js';
import type {Device} from '../domain/device.js';
import {IotctlError} from '../domain/errors.js';
import {
  deviceStep,
  type Fleet,
  type FleetDevice,
  type FleetStep,
  groupStep,
  type ModelVersion,
} from '../domain/fleet.js';
import {ENDED} from '../domain/lifecycle.js';
import {type ModelSpec, parseModelRef} from '../domain/model.js';
import {viewOf} from '../registry/device-row.js';
import type {Registry} from '../registry/registry.js';
import type {ModelAdmin} from './model-admin.js';
import type {Origin} from './origin.js';

/** SQLite takes 32,766 parameters in a statement. */
const DEVICES_PER_READ = 1000;

export class FleetAdmin {
  readonly #registry: Registry;
  readonly #models: ModelAdmin;

  constructor({registry, models}: {registry: Registry; models: ModelAdmin}) {
    this.#registry = registry;
    this.#models = models;
  }

  /**
   * In the order in which the steps have to be taken. Throws what would stand in the way: `IOT_MODEL_EXISTS`,
   * `IOT_MODEL_INCOMPATIBLE`, `IOT_MODEL_UNKNOWN`, `IOT_DEVICE_RETIRED`, `IOT_REQUEST_INVALID` for what is named twice.
   */
  async plan(
    origin: Origin,
    tenant: string,
    fleet: Fleet,
    options: {allowBreaking: boolean},
  ): Promise<FleetStep[]> {
    const {models = [], groups = [], devices = []} = fleet;
    refuseTwice(
      'model',
      models.map(({model, version}) => `${model}@${version}`),
    );
    refuseTwice(
      'enrolment group',
      groups.map(({name}) => name),
    );
    refuseTwice(
      'device',
      devices.map(({id}) => id),
    );
    const steps: FleetStep[] = [];
    for (const spec of models) steps.push(await this.#modelStep(origin, tenant, spec, options));
    const present = new Map(
      (await this.#registry.enrolmentGroups.list(tenant)).map(group => [group.name, group]),
    );
    for (const group of groups) steps.push(groupStep(group, present.get(group.name)));
    const resolve = this.#resolver(tenant, models);
    for (let from = 0; from < devices.length; from += DEVICES_PER_READ) {
      const some = devices.slice(from, from + DEVICES_PER_READ);
      const there = await this.#present(origin, tenant, some);
      for (const device of some)
        steps.push(deviceStep(device, there.get(device.id), await resolve(device.model)));
    }
    return steps;
  }

  async #modelStep(
    origin: Origin,
    tenant: string,
    spec: ModelSpec,
    options: {allowBreaking: boolean},
  ): Promise<FleetStep> {
    const {isNew} = await this.#models.apply(origin, tenant, spec, {...options, dryRun: true});
    const id = `${spec.model}@${spec.version}`;
    return {kind: 'model', id, action: isNew ? 'create' : 'none', changes: []};
  }

  /** Those that the caller may see; one that has ended is in the way. */
  async #present(
    {caller}: Origin,
    tenant: string,
    wanted: readonly FleetDevice[],
  ): Promise<Map<string, Device>> {
    const rows = await this.#registry.devices.present(
      tenant,
      wanted.map(({id}) => id),
    );
    const seen = [...rows.values()].map(viewOf).filter(device => caller && maySee(caller.access, device));
    const ended = seen.find(({lifecycle}) => ENDED.includes(lifecycle));
    if (ended) throw new IotctlError('IOT_DEVICE_RETIRED', `device ${ended.id} is ${ended.lifecycle}`);
    return new Map(seen.map(device => [device.id, device]));
  }

  /** A name alone means the newest version, once the file's own models are there. */
  #resolver(
    tenant: string,
    models: readonly ModelSpec[],
  ): (ref: string | null | undefined) => Promise<ModelVersion | undefined> {
    const known = new Map<string, ModelVersion>();
    return async ref => {
      if (ref === undefined) return undefined;
      if (ref === null) return {model: null, modelVersion: null};
      let meant = known.get(ref);
      if (!meant) {
        meant = await this.#resolve(tenant, ref, models);
        known.set(ref, meant);
      }
      return meant;
    };
  }

  async #resolve(tenant: string, ref: string, models: readonly ModelSpec[]): Promise<ModelVersion> {
    const {name, version} = parseModelRef(ref);
    const own = models.filter(({model}) => model === name).map(spec => spec.version);
    if (version !== undefined) {
      if (!own.includes(version)) await this.#registry.models.get(tenant, ref);
      return {model: name, modelVersion: version};
    }
    const newest = await this.#registry.models.newest(tenant, name);
    const versions = newest ? [...own, newest.version] : own;
    return {model: name, modelVersion: versions.length > 0 ? Math.max(...versions) : null};
  }
}

const maySee = (access: Access, device: Device): boolean =>
  decideOnDevice(access, 'device:read', device).allowed;

function refuseTwice(kind: string, ids: readonly string[]): void {
  const seen = new Set<string>();
  for (const id of ids) {
    if (seen.has(id)) throw new IotctlError('IOT_REQUEST_INVALID', `${kind} ${id} is described twice`);
    seen.add(id);
  }
}
