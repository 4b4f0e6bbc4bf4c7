/** What is asked of the HTTP API, and what it answers, beyond the words of the domain. */
import type {Grant} from '../domain/access.js';
import type {Device, DeviceCredential} from '../domain/device.js';

export interface WantedDevice {
  readonly id: string;
  readonly model?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly metadata?: Readonly<Record<string, string>>;
  readonly components?: Readonly<Record<string, {readonly model: string | null}>>;
  readonly via?: readonly string[];
}

/** The credential that a device is made with; a password or the request for a certificate goes with its kind. */
export interface WantedDeviceCredential {
  readonly credential?: 'secret' | 'password' | 'token' | 'x509' | 'none';
  readonly password?: string;
  /** PEM (RFC 2986). */
  readonly csr?: string;
}

/** Which devices, and in which order. */
export interface DeviceChoice {
  /** Labels: `site=oslo,model=thermostat`. */
  readonly selector?: string | undefined;
  /** Terms: `lastSeen>10m,health!=ok`. */
  readonly where?: string | undefined;
  /** `lastSeen:desc`; by id where it is absent. */
  readonly sort?: string | undefined;
}

export interface MadeDevice {
  readonly device: Device;
  /** Null when the device was there before, or was made without one. */
  readonly credential: DeviceCredential | null;
}

export interface TailOptions {
  readonly since?: string | undefined;
  readonly after?: number | undefined;
  readonly last?: number | undefined;
  readonly device?: string | undefined;
  readonly type?: string | undefined;
  /** The platform’s own events, instead of the tenant’s. */
  readonly platform?: true | undefined;
  readonly follow?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Which of the events of a tail come. */
export interface FilterOptions {
  /** A condition in CEL; see `docs/tailing.md`. */
  readonly where?: string | undefined;
  readonly exclude?: string | undefined;
  /** Percent of them, the same ones for everyone. */
  readonly sample?: number | undefined;
  /** Hears up to which offset nothing more comes, where what is there is not wanted. */
  readonly onPassed?: ((offset: number) => void) | undefined;
}

export interface WantedGrant {
  readonly role: string;
  readonly selector?: string;
}

export interface WantedToken {
  readonly name: string;
  /** Whose roles it has; without one it has `roles` of its own. */
  readonly user?: string;
  readonly roles?: readonly WantedGrant[];
  /** Permissions that it is narrowed to. */
  readonly scopes?: readonly string[];
  /** Topic filters below the tenant, for MQTT. */
  readonly topics?: readonly string[];
  /** RFC 3339. */
  readonly expiresAt?: string;
}

/** Who a token is, and what it may do. */
export interface Me {
  readonly tenant: string;
  /** `user:alice` or `token:ci`. */
  readonly subject: string;
  readonly token: string;
  readonly tokenExpiresAt: string | null;
  readonly user: string | null;
  readonly roles: readonly Grant[];
  readonly scopes: readonly string[] | null;
  readonly permissions: readonly string[];
}

export interface Answer {
  readonly allowed: boolean;
  /** The role that allows it. */
  readonly by: string | null;
  readonly reason: string | null;
}

export interface RoleView {
  readonly name: string;
  readonly summary: string;
  readonly permissions: readonly string[];
}
