/** What people write about a device: labels, metadata, components, its model, and whom it speaks through. */
import {decideOnDevice} from '../domain/access.js';
import {DEVICE_ENTRIES_MAX, type Device} from '../domain/device.js';
import {IotctlError} from '../domain/errors.js';
import type {DeviceColumns} from '../registry/device-changes.js';
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
  let gateways: readonly string[] = [];
  const device = await changes.apply(origin, change, async registry => {
    const before = await registry.devices.get(tenant, id);
    refuseEnded(before);
    const wanted = await updated(registry, before, update);
    gateways = [...before.via, ...wanted.via];
    checkSize(wanted);
    checkScope(origin, wanted);
    const fields = fieldsThatDiffer(before, wanted);
    if (fields.length === 0 && ifVersion === undefined) return {result: before, before, after: before};
    const by = nameOf(origin);
    const remembered = {fields, by, nowMs: Date.now(), ifVersion};
    const after = await registry.deviceChanges.apply(before, columnsOf(wanted), remembered);
    const told = {version: after.version, fields, by};
    return {result: after, before, after, events: [deviceEvent(of, 'device.updated', told)]};
  });
  tellOfDevice(news, device, gateways);
  news.devices({tenant});
  return device;
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
