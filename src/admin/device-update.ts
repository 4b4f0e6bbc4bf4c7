/** What people write about a device: labels, metadata, components, its model, and whom it speaks through. */
import {decideOnDevice} from '../domain/access.js';
import {DEVICE_ENTRIES_MAX, type Device} from '../domain/device.js';
import {IotctlError} from '../domain/errors.js';
import type {DeviceColumns} from '../registry/device-changes.js';
import type {OutboxEvent} from '../registry/outbox.js';
import type {Registry} from '../registry/registry.js';
import type {Changes} from './changes.js';
import {tellOfDevice} from './device-news.js';
import {type DeviceId, deviceEvent, refuseEnded} from './device-step.js';
import {resolveModel} from './model-resolution.js';
import type {IdentityNews} from './news.js';
import {nameOf, type Origin} from './origin.js';

/** What is left out stays; a null in labels, metadata or components takes that one away. */
export interface DeviceUpdate {
  readonly model?: string | null | undefined;
  readonly labels?: Readonly<Record<string, string | null>> | undefined;
  readonly metadata?: Readonly<Record<string, string | null>> | undefined;
  readonly components?: Readonly<Record<string, {model: string | null} | null>> | undefined;
  readonly via?: readonly string[] | undefined;
}

/** Throws `IOT_DEVICE_RETIRED`, `IOT_DEVICE_CHANGED`, or `IOT_FORBIDDEN` where a limited caller would lose it. */
export async function updateDevice(
  {changes, news}: {changes: Changes; news: IdentityNews},
  origin: Origin,
  of: DeviceId,
  {ifVersion, ...update}: DeviceUpdate & {ifVersion?: number | undefined},
): Promise<Device> {
  const {tenant, id} = of;
  const change = {tenant, action: 'device:update', target: `device/${id}`};
  const {before, after} = await changes.apply(origin, change, async registry => {
    const planned = await planUpdate(registry, origin, await registry.devices.get(tenant, id), update);
    const written = await writeUpdate(registry, origin, planned, ifVersion);
    return {result: {...planned, after: written.after}, before: planned.before, ...written};
  });
  tellOfDevice(news, after, [...before.via, ...after.via]);
  news.devices({tenant});
  return after;
}

/** A change that is allowed, and not made yet. */
export interface PlannedUpdate {
  readonly before: Device;
  readonly wanted: Device;
  /** What differs, in the words of the API: `model`, `labels.site`. */
  readonly fields: readonly string[];
}

/** Throws `IOT_DEVICE_RETIRED`, `IOT_REQUEST_INVALID`, `IOT_MODEL_UNKNOWN` or `IOT_FORBIDDEN`. */
export async function planUpdate(
  registry: Registry,
  origin: Origin,
  before: Device,
  update: DeviceUpdate,
): Promise<PlannedUpdate> {
  refuseEnded(before);
  const wanted = await updated(registry, before, update);
  checkSize(wanted);
  checkScope(origin, wanted);
  return {before, wanted, fields: fieldsThatDiffer(before, wanted)};
}

/** Throws `IOT_DEVICE_CHANGED`. Nothing that differs is nothing written. */
export async function writeUpdate(
  registry: Registry,
  origin: Origin,
  {before, wanted, fields}: PlannedUpdate,
  ifVersion?: number,
): Promise<{after: Device; events: OutboxEvent[]}> {
  if (fields.length === 0 && ifVersion === undefined) return {after: before, events: []};
  const by = nameOf(origin);
  const remembered = {fields, by, nowMs: Date.now(), ifVersion};
  const after = await registry.deviceChanges.apply(before, columnsOf(wanted), remembered);
  const told = {version: after.version, fields, by};
  return {after, events: [deviceEvent(before, 'device.updated', told)]};
}

function checkSize({id, labels, metadata, components}: Device): void {
  for (const [name, entries] of Object.entries({labels, metadata, components}))
    if (Object.keys(entries).length > DEVICE_ENTRIES_MAX)
      throw new IotctlError(
        'IOT_REQUEST_INVALID',
        `${id} would have more than ${DEVICE_ENTRIES_MAX} ${name}`,
      );
}

function checkScope({caller}: Origin, device: Device): void {
  const decision = caller && decideOnDevice(caller.access, 'device:update', device);
  if (decision && !decision.allowed)
    throw new IotctlError('IOT_FORBIDDEN', `so changed, ${device.id} would not be yours: ${decision.reason}`);
}

async function updated(
  registry: Registry,
  before: Device,
  {model, labels, metadata, components, via}: DeviceUpdate,
): Promise<Device> {
  return {
    ...before,
    ...(model === undefined ? {} : await modelOf(registry, before.tenant, model)),
    labels: merged(before.labels, labels),
    metadata: merged(before.metadata, metadata),
    components: merged(before.components, components),
    via: via ?? before.via,
  };
}

async function modelOf(
  registry: Registry,
  tenant: string,
  ref: string | null,
): Promise<Pick<Device, 'model' | 'modelVersion'>> {
  if (ref === null) return {model: null, modelVersion: null};
  const {model, modelVersion} = await resolveModel(registry, tenant, ref);
  return {model, modelVersion: modelVersion ?? null};
}

const merged = <Value>(
  before: Readonly<Record<string, Value>>,
  change: Readonly<Record<string, Value | null>> = {},
): Record<string, Value> =>
  Object.fromEntries(
    Object.entries({...before, ...change}).filter((entry): entry is [string, Value] => entry[1] !== null),
  );

/** `model`, `labels.site`, `via`, … in the words of the API. */
function fieldsThatDiffer(before: Device, after: Device): string[] {
  const fields = (['model', 'modelVersion', 'via'] as const).filter(
    field => !same(before[field], after[field]),
  );
  const inside = (['labels', 'metadata', 'components'] as const).flatMap(field =>
    [...new Set([...Object.keys(before[field]), ...Object.keys(after[field])])]
      .filter(key => !same(before[field][key], after[field][key]))
      .map(key => `${field}.${key}`),
  );
  return [...fields, ...inside];
}

const same = (one: unknown, other: unknown): boolean => JSON.stringify(one) === JSON.stringify(other);

const columnsOf = ({model, modelVersion, labels, metadata, components, via}: Device): DeviceColumns => ({
  model,
  model_version: modelVersion,
  labels: JSON.stringify(labels),
  metadata: JSON.stringify(metadata),
  components: JSON.stringify(components),
  via: JSON.stringify(via),
});
