/** Who may be at the other end of an MQTT connection, as the gateway has to know it. */
import type {DeviceSecret, HashedSecret} from './credential.js';
import type {AdminState, Lifecycle} from './device.js';

/** What the gateway needs to let a device in. */
export interface DeviceIdentity {
  readonly kind: 'device';
  readonly tenant: string;
  readonly device: string;
  readonly generation: string;
  readonly lifecycle: Lifecycle;
  readonly adminState: AdminState;
  readonly secrets: readonly DeviceSecret[];
}

/** What the gateway needs to let an application in. */
export interface ServiceIdentity {
  readonly kind: 'service';
  readonly tenant: string;
  readonly name: string;
  readonly secret: HashedSecret;
  readonly expiresMs: number;
  /** Topic filters below `t/{tenant}/` that it may publish and subscribe to, such as `x/#`. */
  readonly topics: readonly string[];
  /** May it read its tenant's telemetry and events (`t/{tenant}/d/+/telemetry`, …)? */
  readonly readTelemetry: boolean;
}

export type Identity = DeviceIdentity | ServiceIdentity;

export const usernameOf = (name: string, tenant: string): string => `${name}@${tenant}`;

/** `{name}@{tenant}`; neither part can hold an `@`. Undefined when it is not that. */
export function parseUsername(username: string): {name: string; tenant: string} | undefined {
  const at = username.indexOf('@');
  if (at <= 0 || at !== username.lastIndexOf('@') || at === username.length - 1) return undefined;
  return {name: username.slice(0, at), tenant: username.slice(at + 1)};
}
