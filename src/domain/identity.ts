/** Who may be at the other end of an MQTT connection, as the gateway has to know it. */
import type {Access} from './access.js';
import type {HashedSecret, StoredCredential} from './credential.js';
import type {AdminState, Lifecycle} from './device.js';
import type {ModelRef} from './model.js';
import type {Quotas, TenantState} from './tenant.js';

/** What the gateway needs to let a device in. */
export interface DeviceIdentity {
  readonly kind: 'device';
  readonly tenant: string;
  readonly device: string;
  readonly generation: string;
  readonly lifecycle: Lifecycle;
  readonly adminState: AdminState;
  readonly credentials: readonly StoredCredential[];
  /** Keys of the tenant's groups, from which a device's own can be derived. */
  readonly groupKeys: readonly GroupKey[];
  /** Its owner let go of it: a certificate that says only a name lets it in no longer. */
  readonly isReleased?: boolean | undefined;
  /** Devices that it may speak for, as their field gateway, and their models; most are nobody's. */
  readonly children?: ReadonlyMap<string, ModelRef | undefined> | undefined;
  /** Its telemetry is held against this one; undefined where its model is not described. */
  readonly model?: ModelRef | undefined;
}

export interface GroupKey {
  readonly name: string;
  readonly keyBase64: string;
}

/** What the gateway needs to let an application or an operator's tool in. */
export interface ServiceIdentity {
  readonly kind: 'service';
  readonly tenant: string;
  /** The token's name. */
  readonly name: string;
  readonly secret: HashedSecret;
  readonly expiresMs: number;
  /** Topic filters below `t/{tenant}/` that it may publish and subscribe to, such as `x/#`. */
  readonly topics: readonly string[];
  /** Its roles: `event:read` lets it subscribe to what devices say (`t/{tenant}/d/+/telemetry`, …). */
  readonly access: Access;
  /** Devices whose messages it may receive, where a selector limits it. */
  readonly devices: 'all' | ReadonlySet<string>;
}

export type Identity = DeviceIdentity | ServiceIdentity;

/** What the gateway has to know of a tenant. */
export interface TenantFacts {
  readonly state: TenantState;
  readonly quotas: Quotas;
}

export const usernameOf = (name: string, tenant: string): string => `${name}@${tenant}`;

/** `{name}@{tenant}`; neither part can hold an `@`. Undefined when it is not that. */
export function parseUsername(username: string): {name: string; tenant: string} | undefined {
  const at = username.indexOf('@');
  if (at <= 0 || at !== username.lastIndexOf('@') || at === username.length - 1) return undefined;
  return {name: username.slice(0, at), tenant: username.slice(at + 1)};
}
