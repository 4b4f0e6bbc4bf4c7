/** A token as the API shows it; the secret itself is only ever in the answer that made it. */
import type {Grant} from './access.js';

export interface Token {
  readonly name: string;
  readonly tenant: string;
  /** `api`: made by hand; `session`: made by a login; `break-glass`: a platform administrator’s way in. */
  readonly kind: 'api' | 'session' | 'break-glass';
  /** Whose it is: a user, whose roles it has, or null for one with roles of its own. */
  readonly user: string | null;
  readonly roles: readonly Grant[];
  /** The permissions that it was narrowed to; null is all that its roles give. */
  readonly scopes: readonly string[] | null;
  /** Topic filters below `t/{tenant}/` that it may publish and subscribe to, such as `x/#`. */
  readonly topics: readonly string[];
  readonly createdAt: string;
  readonly createdBy: string;
  readonly expiresAt: string | null;
  readonly lastUsedAt: string | null;
  readonly lastUsedFrom: string | null;
}

export interface CreatedToken extends Token {
  /** MQTT user name, `{name}@{tenant}`. */
  readonly username: string;
  readonly secret: string;
}
