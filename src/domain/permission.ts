/** What may be done to what, and which roles may do it. Deny by default: what no role names, nobody may. */

/** `resource:verb`, about one device or what belongs to it. A grant with a selector covers only devices that it selects. */
export const DEVICE_PERMISSIONS = [
  'device:read',
  'device:create',
  'device:update',
  'device:maintain',
  'device:retire',
  'device:disown',
  'device:delete',
  'credential:read',
  'credential:issue',
  'credential:revoke',
  'claim:read',
  'claim:create',
  'claim:withdraw',
  'claim:approve',
  'command:read',
  'command:send',
  'command:cancel',
  'event:read',
  'event:write',
  'query:run',
  'twin:read',
  'twin:update',
  'file:read',
  'file:write',
  'file:delete',
] as const;

/** About the tenant as a whole: a grant with a selector does not give these. */
export const TENANT_PERMISSIONS = [
  'token:read',
  'token:create',
  'token:delete',
  'user:read',
  'user:create',
  'user:update',
  'user:delete',
  'binding:read',
  'binding:create',
  'binding:delete',
  'authority:read',
  'authority:create',
  'authority:delete',
  'ban:read',
  'ban:create',
  'ban:delete',
  'audit:read',
  'quota:read',
  'model:read',
  'model:apply',
  'model:delete',
  'config:read',
  'config:apply',
  'config:delete',
  'cursor:read',
  'cursor:write',
  'consumer:read',
  'consumer:create',
  'consumer:update',
  'consumer:delete',
  'policy:read',
  'policy:update',
  'retention:read',
  'retention:update',
  'retention:run',
  'enrolment:read',
  'enrolment:create',
  'enrolment:update',
  'enrolment:delete',
  'enrolment:approve',
] as const;

/** About the platform: none of them reads what belongs to a tenant. */
export const PLATFORM_PERMISSIONS = [
  'tenant:read',
  'tenant:create',
  'tenant:update',
  'tenant:delete',
  'tenant:enter',
  'platform:read',
  'platform:stop',
  'platform:reach',
] as const;

export const PERMISSIONS = [...DEVICE_PERMISSIONS, ...TENANT_PERMISSIONS, ...PLATFORM_PERMISSIONS] as const;

export type Permission = (typeof PERMISSIONS)[number];

export const isPermission = (text: string): text is Permission =>
  (PERMISSIONS as readonly string[]).includes(text);

export const isDevicePermission = (permission: Permission): boolean =>
  (DEVICE_PERMISSIONS as readonly string[]).includes(permission);

export const isPlatformPermission = (permission: Permission): boolean =>
  (PLATFORM_PERMISSIONS as readonly string[]).includes(permission);

export const ROLES = [
  'platform-admin',
  'tenant-admin',
  'operator',
  'technician',
  'analyst',
  'auditor',
  'release-manager',
  'viewer',
] as const;

export type Role = (typeof ROLES)[number];

export interface RoleEntry {
  readonly summary: string;
  readonly permissions: ReadonlySet<Permission>;
}

const reading: readonly Permission[] = PERMISSIONS.filter(
  permission => permission.endsWith(':read') && !isPlatformPermission(permission),
);

export const ROLE_TABLE: Readonly<Record<Role, RoleEntry>> = {
  'platform-admin': {
    summary: 'tenants and the platform’s health; no tenant’s data',
    permissions: new Set(PLATFORM_PERMISSIONS),
  },
  'tenant-admin': {
    summary: 'everything in the tenant',
    permissions: new Set([...DEVICE_PERMISSIONS, ...TENANT_PERMISSIONS]),
  },
  operator: {
    summary:
      'read, update and maintain devices, their twins and configurations, send commands, upload, query',
    permissions: new Set([
      'model:read',
      'device:read',
      'device:update',
      'device:maintain',
      'claim:read',
      'claim:approve',
      'enrolment:read',
      'enrolment:approve',
      'credential:read',
      'command:read',
      'command:send',
      'command:cancel',
      'event:read',
      'event:write',
      'file:read',
      'file:write',
      'file:delete',
      'cursor:read',
      'cursor:write',
      'consumer:read',
      'consumer:update',
      'query:run',
      'twin:read',
      'twin:update',
      'config:read',
      'config:apply',
      'config:delete',
    ]),
  },
  technician: {
    summary: 'see devices, and provision those that nobody has yet: claim codes, first credentials',
    permissions: new Set([
      'model:read',
      'device:read',
      'claim:read',
      'claim:create',
      'claim:withdraw',
      'credential:read',
      'credential:issue',
      'twin:read',
      'config:read',
      'file:read',
      'file:write',
    ]),
  },
  analyst: {
    summary: 'see devices, their events and cursors on these; queries',
    permissions: new Set([
      'model:read',
      'device:read',
      'event:read',
      'cursor:read',
      'cursor:write',
      'query:run',
    ]),
  },
  auditor: {
    summary: 'read everything, the audit log too; change nothing',
    permissions: new Set<Permission>([...reading, 'query:run']),
  },
  'release-manager': {
    summary: 'see devices and their commands',
    permissions: new Set(['model:read', 'device:read', 'command:read', 'twin:read', 'config:read']),
  },
  viewer: {
    summary: 'see devices, their commands and their data',
    permissions: new Set([
      'model:read',
      'device:read',
      'command:read',
      'event:read',
      'query:run',
      'twin:read',
      'config:read',
      'file:read',
    ]),
  },
};
