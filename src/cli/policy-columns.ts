import type {TenantPolicy} from '../domain/tenant.js';
import type {Columns} from './output.js';

export const POLICY_COLUMNS: Columns<TenantPolicy> = {
  onTamper: policy => policy.onTamper,
  onDisown: policy => policy.onDisown,
};
