/** A device as the registry keeps it and the API shows it. The four axes of its state are independent. */
export const LIFECYCLES = ['registered', 'claimable', 'provisioned', 'active', 'retired', 'purged'] as const;
export type Lifecycle = (typeof LIFECYCLES)[number];

export const ADMIN_STATES = ['enabled', 'disabled', 'maintenance', 'quarantined'] as const;
export type AdminState = (typeof ADMIN_STATES)[number];

export const CONNECTIVITIES = ['never', 'online', 'offline', 'stale'] as const;
export type Connectivity = (typeof CONNECTIVITIES)[number];

export const HEALTHS = ['ok', 'degraded', 'tampered'] as const;
export type Health = (typeof HEALTHS)[number];

/** Labels, entries of metadata, components: so many of each at most. */
export const DEVICE_ENTRIES_MAX = 64;
export const METADATA_CHARACTERS_MAX = 4096;

/** Why a state is what it is, and since when. */
export interface StateNote {
  readonly reason: string | null;
  /** RFC 3339; null where the state is as it was made. */
  readonly at: string | null;
  /** Who changed it: `user:ann`, `token:ci`, `policy`, `device`. */
  readonly by: string | null;
}

/** The present or the last connection, as events tell of it. */
export interface DeviceConnection {
  /** Only grows: with each connection and with each end of one. */
  readonly version: number;
  readonly sessionId: string | null;
  /** Address and port of the peer. */
  readonly address: string | null;
  /** Why it ended: takeover, keep-alive, client, network, kicked, …; null while it is there. */
  readonly endReason: string | null;
}

/** A part of a device, which topics and columns name. */
export interface DeviceComponent {
  readonly model: string | null;
}

/** A change that somebody made, in short. */
export interface DeviceChange {
  /** The version that it led to. */
  readonly version: number;
  readonly at: string;
  readonly by: string;
  /** `labels.site`, `adminState`, … */
  readonly fields: readonly string[];
}

/** Keys of JSON as printed by `iotctl device show -o json`. Times are RFC 3339 in UTC. */
export interface Device {
  readonly id: string;
  readonly tenant: string;
  /** New on every re-creation: nothing old can match a device of the same name. */
  readonly generation: string;
  readonly model: string | null;
  /** Null where the model is not described: nothing is held against it then. */
  readonly modelVersion: number | null;
  /** Grows with each change that somebody makes to it: the entity tag of the API. */
  readonly version: number;
  /** What it is chosen by. */
  readonly labels: Readonly<Record<string, string>>;
  /** What is written about it: serial, location, notes. */
  readonly metadata: Readonly<Record<string, string>>;
  readonly components: Readonly<Record<string, DeviceComponent>>;
  /** Field gateways that may speak for it. */
  readonly via: readonly string[];
  readonly lifecycle: Lifecycle;
  readonly lifecycleNote: StateNote;
  readonly adminState: AdminState;
  readonly adminNote: StateNote;
  readonly connectivity: Connectivity;
  readonly connection: DeviceConnection;
  readonly health: Health;
  readonly healthNote: StateNote;
  readonly createdAt: string;
  readonly retiredAt: string | null;
  readonly connectedAt: string | null;
  readonly disconnectedAt: string | null;
  /** It is there: any packet. */
  readonly lastSeenAt: string | null;
  /** It says something: a message of its own. */
  readonly lastDataAt: string | null;
  /** The last ones, oldest first. */
  readonly changes: readonly DeviceChange[];
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

/** May a command go to it, and if not, why. */
export type CommandAnswer = 'yes' | 'retired' | 'maintenance' | 'kept-out';

/** In maintenance only what is forced. */
export function mayBeSent(
  state: {lifecycle: Lifecycle; adminState: AdminState},
  forced: boolean,
): CommandAnswer {
  if (state.lifecycle === 'retired' || state.lifecycle === 'purged') return 'retired';
  if (!mayConnect(state)) return 'kept-out';
  return state.adminState === 'maintenance' && !forced ? 'maintenance' : 'yes';
}

/** May this device hold a connection and be sent commands? */
export const mayConnect = (state: {lifecycle: Lifecycle; adminState: AdminState}): boolean =>
  state.lifecycle !== 'retired' &&
  state.lifecycle !== 'purged' &&
  (state.adminState === 'enabled' || state.adminState === 'maintenance');
