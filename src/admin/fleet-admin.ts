/** Compares a fleet, as a file describes it, with what there is. Nothing is changed here. */
import {type Access, decideOnDevice} from '../domain/access.js';
import type {Device} from '../domain/device.js';
import {IotctlError} from '../domain/errors.js';
import {
  configurationStep,
  deviceStep,
  type Fleet,
  type FleetConfiguration,
  type FleetDevice,
  type FleetGroup,
  type FleetStep,
  groupStep,
  type ModelVersion,
} from '../domain/fleet.js';
import {ENDED} from '../domain/lifecycle.js';
import {type ModelSpec, parseModelRef} from '../domain/model.js';
import {viewOf} from '../registry/device-row.js';
import type {Registry} from '../registry/registry.js';
import type {ConfigurationAdmin} from './configuration-admin.js';
import type {ModelAdmin} from './model-admin.js';
import type {Origin} from './origin.js';

/** SQLite takes 32,766 parameters in a statement. */
const DEVICES_PER_READ = 1000;

export interface FleetParts {
  readonly registry: Registry;
  readonly models: ModelAdmin;
  readonly configurations: ConfigurationAdmin;
}

/** What a device's `model` means. */
type Resolve = (ref: string | null | undefined) => Promise<ModelVersion | undefined>;

export class FleetAdmin {
  readonly #registry: Registry;
  readonly #models: ModelAdmin;
  readonly #configurations: ConfigurationAdmin;

  constructor({registry, models, configurations}: FleetParts) {
    this.#registry = registry;
    this.#models = models;
    this.#configurations = configurations;
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
    refuseTwice(fleet);
    const {models = [], groups = [], devices = [], configurations = []} = fleet;
    const modelSteps: FleetStep[] = [];
    for (const spec of models) modelSteps.push(await this.#modelStep(origin, tenant, spec, options));
    return [
      ...modelSteps,
      ...(await this.#groupSteps(tenant, groups)),
      ...(await this.#deviceSteps(origin, tenant, devices, this.#resolver(tenant, models))),
      ...(await this.#configurationSteps(tenant, configurations)),
    ];
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

  async #groupSteps(tenant: string, groups: readonly FleetGroup[]): Promise<FleetStep[]> {
    if (groups.length === 0) return [];
    const present = byName(await this.#registry.enrolmentGroups.list(tenant));
    return groups.map(group => groupStep(group, present.get(group.name)));
  }

  async #deviceSteps(
    origin: Origin,
    tenant: string,
    devices: readonly FleetDevice[],
    resolve: Resolve,
  ): Promise<FleetStep[]> {
    const steps: FleetStep[] = [];
    for (let from = 0; from < devices.length; from += DEVICES_PER_READ) {
      const some = devices.slice(from, from + DEVICES_PER_READ);
      const present = await this.#present(origin, tenant, some);
      for (const device of some)
        steps.push(deviceStep(device, present.get(device.id), await resolve(device.model)));
    }
    return steps;
  }

  async #configurationSteps(
    tenant: string,
    configurations: readonly FleetConfiguration[],
  ): Promise<FleetStep[]> {
    if (configurations.length === 0) return [];
    const present = byName(await this.#configurations.list(tenant));
    return configurations.map(wanted => configurationStep(wanted, present.get(wanted.name)));
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
  #resolver(tenant: string, models: readonly ModelSpec[]): Resolve {
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

const byName = <Named extends {readonly name: string}>(all: readonly Named[]): Map<string, Named> =>
  new Map(all.map(one => [one.name, one]));

function refuseTwice({models = [], groups = [], devices = [], configurations = []}: Fleet): void {
  const named = [
    ...models.map(({model, version}) => `model ${model}@${version}`),
    ...groups.map(({name}) => `enrolment group ${name}`),
    ...devices.map(({id}) => `device ${id}`),
    ...configurations.map(({name}) => `configuration ${name}`),
  ];
  const seen = new Set<string>();
  for (const one of named) {
    if (seen.has(one)) throw new IotctlError('IOT_REQUEST_INVALID', `${one} is described twice`);
    seen.add(one);
  }
}
