/** Tenants, the people in them, what they may do, and their tokens. */
import type {Role} from '../../domain/permission.js';
import type {TenantState} from '../../domain/tenant.js';
import type {Token} from '../../domain/token.js';
import type {Subject, User} from '../../domain/user.js';

export interface TenantRow {
  id: string;
  state: TenantState;
  reason: string | null;
  /** JSON of the quotas that are set. */
  quotas: string;
  /** JSON of a `TenantPolicy`. */
  policy: string;
  /** JSON of a `RetentionPolicy`. */
  retention: string;
  created_ms: number;
  changed_ms: number;
}

export interface UserRow {
  tenant: string;
  name: string;
  kind: User['kind'];
  state: User['state'];
  display_name: string | null;
  /** JSON of a `PasswordHash`. */
  password: string | null;
  created_ms: number;
  last_login_ms: number | null;
}

export interface BindingRow {
  id: string;
  tenant: string;
  subject: Subject;
  role: Role;
  selector: string | null;
  created_ms: number;
  created_by: string;
}

export interface TokenRow {
  tenant: string;
  name: string;
  kind: Token['kind'];
  /** SHA-256 of the secret: 256 random bits need no salt to be found by. */
  lookup: string;
  salt: string;
  hash: string;
  user_name: string | null;
  /** JSON array of permissions. */
  scopes: string | null;
  /** JSON array of topic filters. */
  topics: string;
  created_ms: number;
  created_by: string;
  expires_ms: number | null;
  last_used_ms: number | null;
  last_used_from: string | null;
}
