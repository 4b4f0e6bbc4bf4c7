/** Lays configurations over the desired documents of some devices: as they are to be now, whatever was there before. */
import {selects} from '../domain/access.js';
import {bucketOf} from '../domain/configuration.js';
import type {JsonObject} from '../domain/json.js';
import {ENDED} from '../domain/lifecycle.js';
import {mergePatch} from '../domain/merge-patch.js';
import type {ModelSpec} from '../domain/model.js';
import {desiredFault} from '../domain/property-check.js';
import {parseSelector} from '../domain/selector.js';
import type {StoredTwin} from '../domain/twin.js';
import {withDesired} from '../domain/twin-change.js';
import {documentFault} from '../domain/twin-limits.js';
import type {StoredConfiguration} from '../registry/configuration-row.js';
import {type DesiredChange, desiredNews} from '../registry/desired-news.js';
import {modelOf} from '../registry/device-row.js';
import type {OutboxEvent} from '../registry/outbox.js';
import type {Registry} from '../registry/registry.js';
import type {DeviceRow} from '../registry/tables/devices.js';
import type {ConfigurationTargetRow} from '../registry/tables/twins.js';

type Facts = Pick<DeviceRow, 'model' | 'labels' | 'lifecycle'>;

/** Whose work it is: named in the marks of what it changes. */
export const layerName = (configuration: string): string => `configuration:${configuration}`;

export function choosesDevice(
  {selector, phase}: StoredConfiguration,
  {model, labels, lifecycle}: Facts,
): boolean {
  if (phase === 'withdrawing' || ENDED.includes(lifecycle)) return false;
  return (
    selector === null ||
    selects(parseSelector(selector), {model, labels: JSON.parse(labels) as Record<string, string>})
  );
}

/**
 * Within the transaction of `registry`. To repeat it changes nothing. Gives what connected devices have to hear once it
 * is committed.
 */
export async function layConfigurations(
  registry: Registry,
  tenant: string,
  ids: readonly string[],
  by: string,
): Promise<DesiredChange[]> {
  const configurations = await registry.configurations.inOrder(tenant);
  const rows = await registry.devices.present(tenant, ids);
  const twins = await registry.twins.ofDevices(tenant, ids);
  const held = byDevice(await registry.configurations.targetsOf(tenant, ids));
  const specOf = modelSpecs(registry, tenant);
  const saved: {device: string; twin: StoredTwin}[] = [];
  const changed: ConfigurationTargetRow[] = [];
  const gone: ConfigurationTargetRow[] = [];
  const news: {change: DesiredChange; event: OutboxEvent}[] = [];
  for (const [device, row] of rows) {
    const of = twins.get(device)!;
    const before = held.get(device) ?? [];
    const after = targetsOf({device, row, own: of.twin.own}, configurations, before, await specOf(row));
    gone.push(
      ...before.filter(one => !after.targets.some(({configuration}) => configuration === one.configuration)),
    );
    changed.push(...after.targets.filter(one => !before.some(other => sameTarget(one, other))));
    // A device whose life has ended keeps its twin as it is.
    if (ENDED.includes(row.lifecycle)) continue;
    const layers = after.layers;
    const twin = withDesired(of.twin, {own: of.twin.own, layers}, {by, nowMs: Date.now()});
    if (twin === of.twin) continue;
    saved.push({device, twin});
    const told = desiredNews({tenant, device, generation: of.generation, via: of.via}, of.twin, twin, by);
    if (told) news.push(told);
  }
  await registry.configurations.deleteTargets(gone);
  await registry.configurations.saveTargets(changed);
  await registry.twins.save(tenant, saved);
  await registry.outbox.add(news.map(({event}) => event));
  return news.map(({change}) => change);
}

/** Which configurations choose the device, and of those what is laid on it. */
function targetsOf(
  {device, row, own}: {device: string; row: DeviceRow; own: JsonObject},
  configurations: readonly StoredConfiguration[],
  held: readonly ConfigurationTargetRow[],
  spec: ModelSpec | undefined,
): {targets: ConfigurationTargetRow[]; layers: JsonObject[]} {
  const targets: ConfigurationTargetRow[] = [];
  const layers: JsonObject[] = [];
  let document = own;
  for (const configuration of configurations) {
    if (!choosesDevice(configuration, row)) continue;
    const {tenant, name, revision, threshold, stopReason, patches} = configuration;
    const known = held.find(target => target.configuration === name);
    const bucket = known?.bucket ?? bucketOf(name, device);
    const isDue = stopReason === null && bucket <= threshold;
    const laid = isDue ? revision : (known?.laid_revision ?? 0);
    const patch = patches[laid];
    const fault = patch && faultOf(patch, document, spec);
    targets.push({tenant, configuration: name, device, bucket, laid_revision: laid, fault: fault ?? null});
    if (!patch || fault !== undefined) continue;
    layers.push(patch);
    document = mergePatch(document, patch);
  }
  return {targets, layers};
}

/** Why it cannot be laid on this device; undefined where it can. */
const faultOf = (patch: JsonObject, below: JsonObject, spec: ModelSpec | undefined): string | undefined =>
  (spec && desiredFault(spec, patch)) ?? documentFault('desired', mergePatch(below, patch));

const sameTarget = (one: ConfigurationTargetRow, other: ConfigurationTargetRow): boolean =>
  one.configuration === other.configuration &&
  one.laid_revision === other.laid_revision &&
  one.fault === other.fault;

function byDevice(targets: readonly ConfigurationTargetRow[]): Map<string, ConfigurationTargetRow[]> {
  const held = new Map<string, ConfigurationTargetRow[]>();
  for (const target of targets) {
    const others = held.get(target.device);
    if (others) others.push(target);
    else held.set(target.device, [target]);
  }
  return held;
}

/** Each described model is read once. */
function modelSpecs(
  registry: Registry,
  tenant: string,
): (device: DeviceRow) => Promise<ModelSpec | undefined> {
  const known = new Map<string, ModelSpec | undefined>();
  return async device => {
    const ref = modelOf(device);
    if (!ref) return undefined;
    const key = `${ref.name}@${ref.version}`;
    if (!known.has(key)) known.set(key, await registry.models.specOf(tenant, ref));
    return known.get(key);
  };
}
