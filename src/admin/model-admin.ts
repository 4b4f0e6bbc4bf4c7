/** Models: applied, compared, deleted. A version is never changed; a new one has to be one that old devices fit. */
import {digestOf} from '../audit/record.js';
import {IotctlError} from '../domain/errors.js';
import type {Model, ModelRef, ModelSpec} from '../domain/model.js';
import {type Incompatibility, incompatibilities} from '../domain/model-compatibility.js';
import type {ModelFaults} from '../registry/models.js';
import type {Registry} from '../registry/registry.js';
import type {Changes} from './changes.js';
import {nameOf, type Origin} from './origin.js';

/** A described model, or one that is there: `thermostat@2`. */
export type ModelSide = ModelSpec | string;

export interface AppliedModel {
  readonly model: Model;
  /** False where it was there already, just so. */
  readonly isNew: boolean;
  /** What does not fit with the version before; allowed where that was asked for. */
  readonly breaking: readonly Incompatibility[];
}

export class ModelAdmin {
  readonly #registry: Registry;
  readonly #changes: Changes;

  constructor({registry, changes}: {registry: Registry; changes: Changes}) {
    this.#registry = registry;
    this.#changes = changes;
  }

  get(tenant: string, ref: string): Promise<Model> {
    return this.#registry.models.get(tenant, ref);
  }

  list(tenant: string): Promise<Model[]> {
    return this.#registry.models.list(tenant);
  }

  faults(tenant: string, ref: ModelRef): Promise<ModelFaults[]> {
    return this.#registry.models.faultsOf(tenant, ref);
  }

  /** Throws `IOT_MODEL_EXISTS` or `IOT_MODEL_INCOMPATIBLE`. With `dryRun` nothing is written. */
  async apply(
    origin: Origin,
    tenant: string,
    spec: ModelSpec,
    options: {allowBreaking: boolean; dryRun: boolean},
  ): Promise<AppliedModel> {
    if (options.dryRun) return await this.#apply(this.#registry, origin, tenant, spec, options);
    const change = {tenant, action: 'model:apply', target: `model/${spec.model}@${spec.version}`};
    return await this.#changes.apply(origin, change, async registry => {
      const applied = await this.#apply(registry, origin, tenant, spec, options);
      return {result: applied, after: spec};
    });
  }

  /** What would not fit any more: empty for versions that may stand side by side. */
  async compare(tenant: string, older: ModelSide, newer: ModelSide): Promise<Incompatibility[]> {
    return incompatibilities(await this.#specOf(tenant, older), await this.#specOf(tenant, newer));
  }

  /** Throws `IOT_MODEL_UNKNOWN` or `IOT_MODEL_IN_USE`. */
  async remove(origin: Origin, tenant: string, ref: ModelRef): Promise<void> {
    const target = `model/${ref.name}@${ref.version}`;
    await this.#changes.apply(origin, {tenant, action: 'model:delete', target}, async registry => {
      const before = await registry.models.get(tenant, `${ref.name}@${ref.version}`);
      await registry.models.remove(tenant, ref);
      return {result: undefined, before: before.spec};
    });
  }

  async #apply(
    registry: Registry,
    origin: Origin,
    tenant: string,
    spec: ModelSpec,
    {allowBreaking, dryRun}: {allowBreaking: boolean; dryRun: boolean},
  ): Promise<AppliedModel> {
    const {model: name, version} = spec;
    const present = await registry.models.find(tenant, {name, version});
    if (present) {
      if (digestOf(present.spec) === digestOf(spec)) return {model: present, isNew: false, breaking: []};
      throw new IotctlError('IOT_MODEL_EXISTS', `model ${name}@${version} is there, and says something else`);
    }
    const newest = await registry.models.newest(tenant, name);
    const breaking = newest ? incompatibilities(newest.spec, spec) : [];
    if (breaking.length > 0 && !allowBreaking)
      throw new IotctlError(
        'IOT_MODEL_INCOMPATIBLE',
        `${name}@${version} does not fit with version ${newest!.version}: ${breaking.map(({path, why}) => `${path} ${why}`).join('; ')}`,
      );
    const by = {createdBy: nameOf(origin), nowMs: Date.now()};
    const model = dryRun ? previewOf(spec, by) : await registry.models.insert(tenant, spec, by);
    return {model, isNew: true, breaking};
  }

  async #specOf(tenant: string, side: ModelSide): Promise<ModelSpec> {
    return typeof side === 'string' ? (await this.#registry.models.get(tenant, side)).spec : side;
  }
}

const previewOf = (spec: ModelSpec, by: {createdBy: string; nowMs: number}): Model => ({
  name: spec.model,
  version: spec.version,
  description: spec.description ?? null,
  expectedIntervalMs: null,
  createdAt: new Date(by.nowMs).toISOString(),
  createdBy: by.createdBy,
  devices: 0,
  spec,
});
