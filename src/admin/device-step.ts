/** One change of one device: read, decided, written, recorded and told of in one transaction. */
import type {Device, StateNote} from '../domain/device.js';
import {IotctlError} from '../domain/errors.js';
import type {DeviceColumns} from '../registry/device-changes.js';
import type {OutboxEvent} from '../registry/outbox.js';
import type {Registry} from '../registry/registry.js';
import type {Changes} from './changes.js';
import {nameOf, type Origin} from './origin.js';

export interface DeviceId {
  readonly tenant: string;
  readonly id: string;
}

/** Why, and which version of the device the caller saw. */
export interface LifeChange {
  readonly reason?: string | undefined;
  readonly ifVersion?: number | undefined;
}

/** A step along one axis. */
export interface Step {
  readonly axis: 'adminState' | 'lifecycle' | 'health';
  readonly to: string;
  /** What is written; `note` says why, when and by whom. */
  readonly columns: (note: string) => DeviceColumns;
  /** What followed from it, and is told of as well. */
  readonly events?: readonly OutboxEvent[] | undefined;
}

/** Kept whole in rows, events and records: short. */
export const REASON_CHARACTERS_MAX = 500;

/** `decide` finds the step, or none: then nothing is written but the record. */
export async function takeStep(
  changes: Changes,
  origin: Origin,
  of: DeviceId,
  {verb, reason, ifVersion}: LifeChange & {verb: string},
  decide: (registry: Registry, before: Device) => Promise<Step | undefined> | Step | undefined,
): Promise<Device> {
  const {tenant, id} = of;
  const change = {tenant, action: `device:${verb}`, target: `device/${id}`, reason};
  return await changes.apply(origin, change, async registry => {
    const before = await registry.devices.get(tenant, id);
    const step = await decide(registry, before);
    if (!step) return {result: before, before, after: before};
    const nowMs = Date.now();
    const by = nameOf(origin);
    const note: StateNote = {reason: reason ?? null, at: new Date(nowMs).toISOString(), by};
    const columns = step.columns(JSON.stringify(note));
    const remembered = {fields: [step.axis], by, nowMs, ifVersion};
    const after = await registry.deviceChanges.apply(before, columns, remembered);
    const told = {axis: step.axis, from: before[step.axis], to: step.to, reason: reason ?? null, by};
    const events = [deviceEvent(of, 'device.state_changed', told), ...(step.events ?? [])];
    return {result: after, before, after, events};
  });
}

export const deviceEvent = ({tenant, id}: DeviceId, type: string, data: unknown): OutboxEvent => ({
  tenant,
  device: id,
  type,
  recordedMs: Date.now(),
  data,
});

/** Throws `IOT_DEVICE_RETIRED`. */
export function refuseEnded({id, lifecycle}: Device): void {
  if (lifecycle === 'retired' || lifecycle === 'purged')
    throw new IotctlError('IOT_DEVICE_RETIRED', `device ${id} is ${lifecycle}`);
}
