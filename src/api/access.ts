/** Asks the one decision for each request: may this caller do that, here, to this device? */
import type {FastifyRequest} from 'fastify';
import type {Origin} from '../admin/origin.js';
import {type DeviceScope, decide, decideOnDevice, deviceScope} from '../domain/access.js';
import {IotctlError} from '../domain/errors.js';
import type {Permission} from '../domain/permission.js';
import type {Caller} from '../registry/callers.js';
import type {ApiPorts} from './ports.js';

declare module 'fastify' {
  interface FastifyRequest {
    caller: Caller | undefined;
  }
  interface FastifyContextConfig {
    /** What a caller needs in order to use the route at all. */
    permission?: Permission;
    /** `none`: anyone; `caller`: whoever has a token; `device`: the route authenticates a device itself. */
    auth?: 'none' | 'caller' | 'device';
  }
}

export function originOf(request: FastifyRequest): Origin {
  return {
    caller: request.caller,
    address: request.socket.remoteAddress ?? null,
    userAgent: request.headers['user-agent'] ?? null,
    traceId: request.id,
  };
}

/** The caller of a route that needs one. */
export function callerOf(request: FastifyRequest): Caller {
  if (!request.caller) throw unauthenticated();
  return request.caller;
}

export const unauthenticated = (): IotctlError =>
  new IotctlError('IOT_UNAUTHENTICATED', 'the token is missing or not valid');

/** Throws `IOT_TENANT_SUSPENDED` or `IOT_FORBIDDEN`. */
export function requirePermission(caller: Caller, permission: Permission | undefined): void {
  const {tenant, tenantState, tenantReason} = caller;
  if (tenantState !== 'active')
    throw new IotctlError(
      'IOT_TENANT_SUSPENDED',
      `tenant ${tenant} is ${tenantState}: ${tenantReason ?? ''}`,
    );
  if (permission === undefined) return;
  const decision = decide(caller.access, permission);
  if (!decision.allowed) throw new IotctlError('IOT_FORBIDDEN', decision.reason);
}

/** The permission that a route was declared with. */
export function permissionOf(request: FastifyRequest): Permission {
  const {permission} = request.routeOptions.config;
  if (permission === undefined) throw new Error(`${request.routeOptions.url} declares no permission`);
  return permission;
}

/**
 * May the caller do to this device what the route is for? One that the caller may not see answers exactly as one that
 * is not there. Throws `IOT_DEVICE_UNKNOWN` or `IOT_FORBIDDEN`; gives what allowed it.
 */
export async function requireDevice(ports: ApiPorts, request: FastifyRequest, id: string): Promise<string> {
  const {tenant, access} = callerOf(request);
  const facts = await ports.deviceFacts(tenant, id);
  const decision = facts && decideOnDevice(access, permissionOf(request), facts);
  if (decision?.allowed) return decision.by;
  if (!facts || !decision || !decideOnDevice(access, 'device:read', facts).allowed)
    throw new IotctlError('IOT_DEVICE_UNKNOWN', `no device ${JSON.stringify(id)} in tenant ${tenant}`);
  throw new IotctlError('IOT_FORBIDDEN', decision.reason);
}

/** The devices that a list, or rows, are limited to. */
export const scopeOf = (request: FastifyRequest): DeviceScope =>
  deviceScope(callerOf(request).access, permissionOf(request));

/** Ids of those devices; undefined where nothing limits the caller. */
export async function visibleDevices(
  ports: ApiPorts,
  request: FastifyRequest,
): Promise<string[] | undefined> {
  const scope = scopeOf(request);
  return scope === 'all' ? undefined : await ports.admin.devices.idsIn(callerOf(request).tenant, scope);
}
