/**
 * The one decision: may this caller do that to this? Asked by HTTP routes, for MQTT clients of applications, and for
 * the rows that a query sees. Pure: nothing here knows a request, a socket or a table.
 */
import type {Lifecycle} from './device.js';
import {isDevicePermission, type Permission, ROLE_TABLE, type Role} from './permission.js';
import {parseSelector, type SelectorTerm} from './selector.js';

/** A role, in a tenant or in what a selector chooses of it. */
export interface Grant {
  readonly role: Role;
  /** `site=oslo,model=pump`; null is the whole tenant. */
  readonly selector: string | null;
}

/** Everything that a decision knows of a caller. */
export interface Access {
  /** Comes from the credential alone, never from a request. */
  readonly tenant: string;
  readonly grants: readonly Grant[];
  /** What a token was narrowed to when it was made; null is all that its owner may do. */
  readonly scopes: readonly Permission[] | null;
}

/** What a decision knows of a device. */
export interface DeviceFacts {
  readonly model: string | null;
  readonly labels: Readonly<Record<string, string>>;
  readonly lifecycle: Lifecycle;
}

export type Decision =
  | {readonly allowed: true; readonly by: string}
  | {readonly allowed: false; readonly reason: string};

/** Devices of a tenant: all of them, or those that one of the selectors chooses. An empty list is none. */
export type DeviceScope = 'all' | readonly (readonly SelectorTerm[])[];

/** Lifecycles in which a device has never had a credential of its own. */
const UNPROVISIONED: readonly Lifecycle[] = ['registered', 'claimable'];

/** May the caller do this anywhere in its tenant? For a device's own permissions `decideOnDevice` has the last word. */
export function decide(access: Access, permission: Permission): Decision {
  if (!inScope(access, permission))
    return {allowed: false, reason: `this token is not made for ${permission}`};
  const grant = grantsOf(access, permission)[0];
  return grant
    ? {allowed: true, by: nameOf(grant)}
    : {allowed: false, reason: `no role of this caller has ${permission}`};
}

/** May the caller do this to that device of its own tenant? */
export function decideOnDevice(access: Access, permission: Permission, device: DeviceFacts): Decision {
  const general = decide(access, permission);
  if (!general.allowed) return general;
  const selecting = grantsOf(access, permission).filter(
    ({selector}) => selector === null || selects(parseSelector(selector), device),
  );
  if (selecting.length === 0)
    return {allowed: false, reason: 'no selector of this caller chooses that device'};
  const grant = selecting.find(({role}) => !onlyUnprovisioned(role, permission) || isUnprovisioned(device));
  return grant
    ? {allowed: true, by: nameOf(grant)}
    : {allowed: false, reason: 'a technician issues credentials to unprovisioned devices only'};
}

/** Which devices the caller may do this to; what lists, counts and queries are limited to. */
export function deviceScope(access: Access, permission: Permission): DeviceScope {
  if (!inScope(access, permission)) return [];
  const grants = grantsOf(access, permission);
  if (grants.some(({selector}) => selector === null)) return 'all';
  return grants.map(({selector}) => parseSelector(selector!));
}

/** May the caller hand out this role, there? Nobody gives more than they have. */
export function mayAssign(access: Access, {role}: Grant): boolean {
  return [...ROLE_TABLE[role].permissions].every(
    permission => inScope(access, permission) && hasEverywhere(access, permission),
  );
}

/** Does every term hold? The key `model` is the device's model. */
export const selects = (
  terms: readonly SelectorTerm[],
  {model, labels}: Pick<DeviceFacts, 'model' | 'labels'>,
): boolean =>
  terms.every(({key, value}) =>
    key === 'model' ? model === value : Object.hasOwn(labels, key) && labels[key] === value,
  );

const inScope = ({scopes}: Access, permission: Permission): boolean =>
  scopes === null || scopes.includes(permission);

/** A selector chooses devices: it gives nothing that is about the tenant as a whole. */
const grantsOf = ({grants}: Access, permission: Permission): Grant[] =>
  grants.filter(
    ({role, selector}) =>
      ROLE_TABLE[role].permissions.has(permission) && (selector === null || isDevicePermission(permission)),
  );

const hasEverywhere = (access: Access, permission: Permission): boolean =>
  grantsOf(access, permission).some(({selector}) => selector === null);

const onlyUnprovisioned = (role: Role, permission: Permission): boolean =>
  role === 'technician' && permission === 'credential:issue';

const isUnprovisioned = ({lifecycle}: DeviceFacts): boolean => UNPROVISIONED.includes(lifecycle);

const nameOf = ({role, selector}: Grant): string =>
  selector === null ? `role ${role}` : `role ${role} on ${selector}`;
