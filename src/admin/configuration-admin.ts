/** Configurations: applied, stopped, gone on with, taken away. What follows at the devices is the control plane's work. */
import {setImmediate as othersTurn} from 'node:timers/promises';
import {digestOf} from '../audit/record.js';
import {
  type Configuration,
  type ConfigurationSpec,
  PRIORITY_MAX,
  stagesFault,
} from '../domain/configuration.js';
import {IotctlError} from '../domain/errors.js';
import {isName} from '../domain/ids.js';
import {parseSelector} from '../domain/selector.js';
import {checkPatch} from '../domain/twin-change.js';
import {configurationView, storedOfRow} from '../registry/configuration-row.js';
import {beginStage, configurationEvent, firstSteps, patchesLaid} from '../registry/configuration-stages.js';
import type {Registry} from '../registry/registry.js';
import type {ConfigurationRow} from '../registry/tables/twins.js';
import type {Changes, Outcome} from './changes.js';
import {nameOf, type Origin} from './origin.js';

export interface AppliedConfiguration {
  readonly configuration: Configuration;
  /** False where it was there already, just so. */
  readonly isChanged: boolean;
}

export class ConfigurationAdmin {
  readonly #registry: Registry;
  readonly #changes: Changes;

  constructor({registry, changes}: {registry: Registry; changes: Changes}) {
    this.#registry = registry;
    this.#changes = changes;
  }

  async list(tenant: string): Promise<Configuration[]> {
    const rows = await this.#registry.configurations.list(tenant);
    const views: Configuration[] = [];
    for (const row of rows) {
      views.push(await this.#viewOf(row));
      await othersTurn();
    }
    return views;
  }

  async get(tenant: string, name: string): Promise<Configuration> {
    return await this.#viewOf(await this.#registry.configurations.get(tenant, name));
  }

  /**
   * Makes it, or gives it its next revision. With `dryRun` nothing is written, and its counts say whom it would be
   * about. Throws `IOT_REQUEST_INVALID`, `IOT_TWIN_LIMIT`, or `IOT_CONFLICT` while it is withdrawn.
   */
  async apply(
    origin: Origin,
    tenant: string,
    spec: ConfigurationSpec,
    {dryRun}: {dryRun: boolean},
  ): Promise<AppliedConfiguration> {
    checkSpec(spec);
    const by = nameOf(origin);
    if (dryRun) return await this.#preview(tenant, spec, by);
    const change = {tenant, action: 'config:apply', target: `configuration/${spec.name}`};
    const isChanged = await this.#changes.apply(origin, change, registry =>
      applied(registry, tenant, spec, by),
    );
    return {configuration: await this.get(tenant, spec.name), isChanged};
  }

  /** Nothing more gets it; those that have it keep it. Throws `IOT_CONFLICT`. */
  async stop(
    origin: Origin,
    tenant: string,
    name: string,
    reason: string | undefined,
  ): Promise<Configuration> {
    const change = {tenant, action: 'config:stop', target: `configuration/${name}`, reason};
    await this.#changes.apply(origin, change, async registry => {
      const row = await present(registry, tenant, name);
      const {stages} = storedOfRow(row);
      if (row.stop_reason !== null) throw new IotctlError('IOT_CONFLICT', `configuration ${name} is stopped`);
      if (row.phase === 'settled' && row.stage === stages.length - 1)
        throw new IotctlError('IOT_CONFLICT', `configuration ${name} is with all of its devices`);
      const by = nameOf(origin);
      const why = `${reason ?? 'no reason given'} (${by})`;
      await registry.configurations.update(row, {stop_reason: why});
      const events = [configurationEvent(row, 'configuration.stopped', {reason: reason ?? null, by})];
      return {result: undefined, events};
    });
    return await this.get(tenant, name);
  }

  /**
   * Goes on after a stop: rejections up to now do not stop it again. `skipPending` begins the next stage though devices
   * of the present one have not answered. Throws `IOT_CONFLICT` where there is nothing to go on with.
   */
  async resume(
    origin: Origin,
    tenant: string,
    name: string,
    {skipPending}: {skipPending: boolean},
  ): Promise<Configuration> {
    const change = {tenant, action: 'config:resume', target: `configuration/${name}`};
    await this.#changes.apply(origin, change, async registry => {
      const row = await present(registry, tenant, name);
      const stored = storedOfRow(row);
      const hasNext = row.phase === 'settled' && row.stage < stored.stages.length - 1;
      if (row.stop_reason === null && !(skipPending && hasNext))
        throw new IotctlError(
          'IOT_CONFLICT',
          skipPending
            ? `configuration ${name} has no stage that could begin now`
            : `configuration ${name} is not stopped`,
        );
      const {rejected} = await registry.configurations.rejections(row);
      await registry.configurations.update(row, {stop_reason: null, rejected_accepted: rejected});
      const resumed = configurationEvent(row, 'configuration.resumed', {skipPending, by: nameOf(origin)});
      const began = skipPending && hasNext ? await beginStage(registry, stored, row.stage + 1) : [];
      return {result: undefined, events: [resumed, ...began]};
    });
    return await this.get(tenant, name);
  }

  /** It is taken away from its devices, and gone then. To repeat it is no error. */
  async remove(origin: Origin, tenant: string, name: string): Promise<Configuration> {
    const change = {tenant, action: 'config:delete', target: `configuration/${name}`};
    return await this.#changes.apply(origin, change, async registry => {
      const row = await registry.configurations.get(tenant, name);
      const withdrawing = {...row, phase: 'withdrawing', stop_reason: null} as const;
      await registry.configurations.update(row, {phase: 'withdrawing', stop_reason: null});
      const view = configurationView(withdrawing, await registry.configurations.counts(row));
      const events = [configurationEvent(row, 'configuration.withdrawn', {by: nameOf(origin)})];
      return {result: view, before: specOf(row), events};
    });
  }

  async #viewOf(row: ConfigurationRow): Promise<Configuration> {
    return configurationView(row, await this.#registry.configurations.counts(row));
  }

  async #preview(tenant: string, spec: ConfigurationSpec, by: string): Promise<AppliedConfiguration> {
    const before = await this.#registry.configurations.find(tenant, spec.name);
    const isChanged = before === undefined || !isSame(specOf(before), spec);
    const choice = spec.selector === null ? {} : {selector: spec.selector};
    const targeted = await this.#registry.devices.count(tenant, {
      ...choice,
      where: 'lifecycle!=retired|purged',
    });
    const counts = {targeted, applied: 0, pending: 0, rejected: 0, waiting: targeted};
    const revision = (before?.revision ?? 0) + (isChanged ? 1 : 0);
    return {configuration: configurationView(rowOf(tenant, spec, {revision, by, before}), counts), isChanged};
  }
}

async function applied(
  registry: Registry,
  tenant: string,
  spec: ConfigurationSpec,
  by: string,
): Promise<Outcome<boolean>> {
  const before = await registry.configurations.find(tenant, spec.name);
  if (before?.phase === 'withdrawing') throw beingWithdrawn(spec.name);
  if (before && isSame(specOf(before), spec)) return {result: false, before: spec, after: spec};
  const revision = (before?.revision ?? 0) + 1;
  const row = rowOf(tenant, spec, {revision, by, before});
  if (before) {
    const kept = await patchesLaid(registry, {tenant, name: spec.name, revision, patches: patchesOf(row)});
    await registry.configurations.update(row, {...row, patches: JSON.stringify(kept)});
  } else await registry.configurations.insert(row);
  const {selector, priority, stages} = spec;
  const events = [configurationEvent(row, 'configuration.applied', {selector, priority, stages, by})];
  return {result: true, before: before && specOf(before), after: spec, events};
}

function rowOf(
  tenant: string,
  spec: ConfigurationSpec,
  {revision, by, before}: {revision: number; by: string; before: ConfigurationRow | undefined},
): ConfigurationRow {
  const nowMs = Date.now();
  return {
    tenant,
    name: spec.name,
    selector: spec.selector,
    priority: spec.priority,
    revision,
    patches: JSON.stringify({...(before && patchesOf(before)), [revision]: spec.patch}),
    stages: JSON.stringify(spec.stages),
    rejected_percent_max: spec.rejectedPercentMax,
    created_ms: before?.created_ms ?? nowMs,
    created_by: before?.created_by ?? by,
    changed_ms: nowMs,
    changed_by: by,
    ...firstSteps(spec.stages),
  };
}

const patchesOf = ({patches}: ConfigurationRow) =>
  JSON.parse(patches) as ReturnType<typeof storedOfRow>['patches'];

function specOf(row: ConfigurationRow): ConfigurationSpec {
  const {name, selector, priority, patch, stages, rejectedPercentMax} = storedOfRow(row);
  return {name, selector, priority, patch, stages, rejectedPercentMax};
}

const isSame = (one: ConfigurationSpec, other: ConfigurationSpec): boolean =>
  digestOf(one) === digestOf(other);

/** Throws `IOT_CONFIGURATION_UNKNOWN`, or `IOT_CONFLICT` for one that is taken away. */
async function present(registry: Registry, tenant: string, name: string): Promise<ConfigurationRow> {
  const row = await registry.configurations.get(tenant, name);
  if (row.phase === 'withdrawing') throw beingWithdrawn(name);
  return row;
}

const beingWithdrawn = (name: string): IotctlError =>
  new IotctlError('IOT_CONFLICT', `configuration ${name} is being withdrawn from its devices`);

function checkSpec({name, selector, priority, patch, stages, rejectedPercentMax}: ConfigurationSpec): void {
  if (!isName(name)) throw invalid(`not a configuration’s name: ${JSON.stringify(name.slice(0, 80))}`);
  if (selector !== null) parseSelector(selector);
  if (!Number.isInteger(priority) || Math.abs(priority) > PRIORITY_MAX)
    throw invalid(`priority ${priority} is not a whole number up to ${PRIORITY_MAX}`);
  if (Object.keys(patch).length === 0) throw invalid('the patch is empty');
  checkPatch('desired', patch);
  const fault = stagesFault(stages);
  if (fault !== undefined) throw invalid(fault);
  if (!(rejectedPercentMax >= 0 && rejectedPercentMax <= 100))
    throw invalid(`${rejectedPercentMax} is not a share from 0 to 100 percent`);
}

const invalid = (message: string): IotctlError => new IotctlError('IOT_REQUEST_INVALID', message);
