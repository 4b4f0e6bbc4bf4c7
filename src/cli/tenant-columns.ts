import {
  QUOTA_NAMES,
  QUOTA_WARNING_RATIO,
  type QuotaName,
  type Quotas,
  type QuotaUsage,
  type Tenant,
} from '../domain/tenant.js';
import {time, toned} from './cell.js';
import type {Columns} from './output.js';

export const TENANT_COLUMNS: Columns<Tenant> = {
  id: tenant => tenant.id,
  state: tenant => toned(tenant.state, tenant.state === 'active' ? 'good' : 'warning'),
  reason: tenant => tenant.reason,
  quotas: tenant => quotasText(tenant.quotas),
  createdAt: tenant => time(tenant.createdAt),
  changedAt: tenant => time(tenant.changedAt),
};

/** A quota, and how much of it is used. */
export interface QuotaRow {
  readonly quota: QuotaName;
  /** Null is no limit. */
  readonly limit: number | null;
  /** Null is not measured, or not for this caller to see. */
  readonly used: number | null;
}

export const QUOTA_COLUMNS: Columns<QuotaRow> = {
  quota: row => row.quota,
  limit: row => row.limit ?? 'none',
  used: row => (isNearLimit(row) ? toned(row.used, 'warning') : row.used),
};

export const quotaRows = (quotas: Quotas, usage: QuotaUsage | undefined): QuotaRow[] =>
  QUOTA_NAMES.map(quota => ({quota, limit: quotas[quota], used: usage?.[quota] ?? null}));

const isNearLimit = ({limit, used}: QuotaRow): boolean =>
  limit !== null && used !== null && used >= limit * QUOTA_WARNING_RATIO;

/** `devices=1000,users=5`, as `--quota` takes them one by one. */
const quotasText = (quotas: Quotas): string =>
  QUOTA_NAMES.filter(name => quotas[name] !== null)
    .map(name => `${name}=${quotas[name]}`)
    .join(',');
