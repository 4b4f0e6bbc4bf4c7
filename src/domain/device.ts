/** A device as the registry keeps it and the API shows it. The four axes of its state are independent. */
export const LIFECYCLES = ['registered', 'claimable', 'provisioned', 'active', 'retired', 'purged'] as const;
export type Lifecycle = (typeof LIFECYCLES)[number];

export const ADMIN_STATES = ['enabled', 'disabled', 'maintenance', 'quarantined'] as const;
export type AdminState = (typeof ADMIN_STATES)[number];

export const CONNECTIVITIES = ['never', 'online', 'offline', 'stale'] as const;
export type Connectivity = (typeof CONNECTIVITIES)[number];

/** Keys of JSON as printed by `iotctl device show -o json`. Times are RFC 3339 in UTC. */
export interface Device {
  readonly id: string;
  readonly tenant: string;
  /** New on every re-creation: nothing old can match a device of the same name. */
  readonly generation: string;
  readonly model: string | null;
  readonly labels: Readonly<Record<string, string>>;
  readonly lifecycle: Lifecycle;
  readonly adminState: AdminState;
  readonly connectivity: Connectivity;
  readonly createdAt: string;
  readonly retiredAt: string | null;
  readonly connectedAt: string | null;
  readonly disconnectedAt: string | null;
  readonly lastSeenAt: string | null;
}

/** What a device logs in with: shown once, when it is made, and never readable again. */
export interface DeviceCredential {
  /** MQTT user name, `{device}@{tenant}`. */
  readonly username: string;
  /** Of kind `secret`: the MQTT password. */
  readonly secret?: string;
  /** Of kind `token`: base64 of the key that the device signs its tokens with, and its id. */
  readonly key?: string;
  readonly keyId?: string;
  /** Of kind `x509`: PEM, and the certificates up to the platform's authority. */
  readonly certificate?: string;
  readonly chain?: string;
}

/** May this device hold a connection and be sent commands? */
export const mayConnect = (state: {lifecycle: Lifecycle; adminState: AdminState}): boolean =>
  state.lifecycle !== 'retired' &&
  state.lifecycle !== 'purged' &&
  (state.adminState === 'enabled' || state.adminState === 'maintenance');
