/** What may become of a device: the moves along two of its axes, as data. Health and connectivity follow from events. */
import {type AdminState, LIFECYCLES, type Lifecycle} from './device.js';
import {IotctlError} from './errors.js';

/** What the control plane does to a device's life. */
export const LIFECYCLE_STEPS = [
  'offer',
  'withdraw',
  'provision',
  'connect',
  'disown',
  'retire',
  'purge',
] as const;
export type LifecycleStep = (typeof LIFECYCLE_STEPS)[number];

/** What an operator, or a policy, does to its admin state. */
export const ADMIN_ACTIONS = ['disable', 'enable', 'maintain', 'quarantine', 'release'] as const;
export type AdminAction = (typeof ADMIN_ACTIONS)[number];

/**
 * offer: a claim code was made · withdraw: it ended unused · provision: it has its first credential · connect: its first
 * connection · disown: its owner lets go of it. A step that is not named for a state cannot be taken from it.
 */
export const LIFECYCLE_MOVES: Readonly<
  Record<Lifecycle, Readonly<Partial<Record<LifecycleStep, Lifecycle>>>>
> = {
  registered: {offer: 'claimable', provision: 'provisioned', connect: 'active', retire: 'retired'},
  claimable: {
    offer: 'claimable',
    withdraw: 'registered',
    provision: 'provisioned',
    connect: 'active',
    retire: 'retired',
  },
  provisioned: {provision: 'provisioned', connect: 'active', disown: 'registered', retire: 'retired'},
  active: {provision: 'active', connect: 'active', disown: 'registered', retire: 'retired'},
  retired: {retire: 'retired', purge: 'purged'},
  purged: {purge: 'purged'},
};

/** Out of quarantine leads only `release`: to enable is not to forgive. */
export const ADMIN_MOVES: Readonly<Record<AdminState, Readonly<Partial<Record<AdminAction, AdminState>>>>> = {
  enabled: {enable: 'enabled', disable: 'disabled', maintain: 'maintenance', quarantine: 'quarantined'},
  disabled: {disable: 'disabled', enable: 'enabled', maintain: 'maintenance', quarantine: 'quarantined'},
  maintenance: {maintain: 'maintenance', enable: 'enabled', disable: 'disabled', quarantine: 'quarantined'},
  quarantined: {quarantine: 'quarantined', release: 'enabled'},
};

/** Lifecycles that have ended: nothing about the device changes any more but its purge. */
export const ENDED: readonly Lifecycle[] = ['retired', 'purged'];

/** States from which a step leads there. */
export const statesBefore = (step: LifecycleStep, to: Lifecycle): Lifecycle[] =>
  LIFECYCLES.filter(state => LIFECYCLE_MOVES[state][step] === to);

/** Throws `IOT_DEVICE_RETIRED` or `IOT_DEVICE_NOT_RETIRED` or `IOT_CONFLICT`. */
export function lifecycleAfter(id: string, from: Lifecycle, step: LifecycleStep): Lifecycle {
  const to = LIFECYCLE_MOVES[from][step];
  if (to !== undefined) return to;
  if (ENDED.includes(from)) throw new IotctlError('IOT_DEVICE_RETIRED', `device ${id} is ${from}`);
  if (step === 'purge')
    throw new IotctlError(
      'IOT_DEVICE_NOT_RETIRED',
      `device ${id} is ${from}, and only a retired one is purged`,
    );
  throw new IotctlError('IOT_CONFLICT', `device ${id} is ${from}`);
}

/** Throws `IOT_DEVICE_RETIRED` or `IOT_DEVICE_STATE`. */
export function adminStateAfter(
  id: string,
  from: {lifecycle: Lifecycle; adminState: AdminState},
  action: AdminAction,
): AdminState {
  if (ENDED.includes(from.lifecycle))
    throw new IotctlError('IOT_DEVICE_RETIRED', `device ${id} is ${from.lifecycle}`);
  const to = ADMIN_MOVES[from.adminState][action];
  if (to !== undefined) return to;
  const instead = Object.keys(ADMIN_MOVES[from.adminState]).filter(other => other !== action);
  throw new IotctlError(
    'IOT_DEVICE_STATE',
    `device ${id} is ${from.adminState}: it can be told to ${instead.join(' or ')}, not to ${action}`,
  );
}
