/** Tenants: whose devices and data these are, and how much of the platform they may use. */
export const TENANT_STATES = ['active', 'suspended', 'deleted'] as const;
export type TenantState = (typeof TENANT_STATES)[number];

/** What a tenant may use; null is no limit but the platform's own. */
export interface Quotas {
  readonly devices: number | null;
  /** MQTT connections at the same time. */
  readonly connections: number | null;
  readonly publishesPerSec: number | null;
  readonly bytesPerSec: number | null;
  /** Bytes of its database, its files, and what its consumers have written on the platform. */
  readonly storageBytes: number | null;
  readonly retainedMessages: number | null;
  readonly users: number | null;
}

export type QuotaName = keyof Quotas;

/** What of the quotas is to change; null takes one away. */
export type QuotaChange = {readonly [Name in QuotaName]?: number | null | undefined};

export const NO_QUOTAS: Quotas = {
  devices: null,
  connections: null,
  publishesPerSec: null,
  bytesPerSec: null,
  storageBytes: null,
  retainedMessages: null,
  users: null,
};

export const QUOTA_NAMES = Object.keys(NO_QUOTAS) as readonly QuotaName[];

/** A tenant is warned when it uses this part of a quota. */
export const QUOTA_WARNING_RATIO = 0.8;

/** A tenant as the API shows it. Times are RFC 3339 in UTC. */
export interface Tenant {
  readonly id: string;
  readonly state: TenantState;
  /** Why it is suspended or deleted. */
  readonly reason: string | null;
  readonly quotas: Quotas;
  readonly createdAt: string;
  readonly changedAt: string;
}

export const TAMPER_ACTIONS = ['latch', 'quarantine'] as const;

/** What becomes of the twin of a device that its owner lets go of. */
export const DISOWN_ACTIONS = ['reset-twin', 'keep-twin'] as const;

/** What follows by itself from what devices say, or is done to them. */
export interface TenantPolicy {
  /** On a tamper report: only its health is latched, or it is kept out as well. */
  readonly onTamper: (typeof TAMPER_ACTIONS)[number];
  /** What was desired by the owner, and reported to them, is not the next one's, unless that is said here. */
  readonly onDisown: (typeof DISOWN_ACTIONS)[number];
}

export const DEFAULT_POLICY: TenantPolicy = {onTamper: 'latch', onDisown: 'reset-twin'};

/** What of its quotas a tenant uses; null is not measured. */
export type QuotaUsage = Readonly<Record<QuotaName, number | null>>;

/** The chain of audit records that belong to no tenant has this name; no tenant can. */
export const PLATFORM = 'platform';
