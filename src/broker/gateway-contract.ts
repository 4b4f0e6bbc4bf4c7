/** What the platform gives the gateway, is told by it and asks of it. */
import type {Ban} from '../domain/ban.js';
import type {Limits} from '../domain/limits.js';
import type {StreamWriter} from '../stream/event-stream.js';
import type {PeerCertificate} from './authenticator.js';
import type {DoorPorts} from './doors.js';
import type {LookUp} from './identity-cache.js';
import type {TlsPair} from './listeners.js';
import type {LoadModel} from './model-checks.js';
import type {AskProvisioning} from './provisioning-door.js';
import type {SessionPersistence} from './sessions/session-persistence.js';

export interface GatewayOptions {
  readonly host: string;
  readonly ports: DoorPorts;
  /** For the doors over TLS. */
  readonly tls?: TlsPair | undefined;
  readonly stream: StreamWriter;
  readonly sessions: SessionPersistence;
  readonly lookUp: LookUp;
  readonly loadModel: LoadModel;
  /** What a device that nobody knows yet asks for. */
  readonly provision: AskProvisioning;
  /** Whose certificate (DER) is this? Asked for peers that show one. */
  readonly identify: (leafDer: Buffer) => Promise<PeerCertificate>;
  readonly limits?: Partial<Limits> | undefined;
  /** Bans that people made. */
  readonly bans?: readonly Ban[] | undefined;
  readonly clock?: (() => number) | undefined;
  readonly listener: GatewayListener;
}

/** What the gateway tells the rest of the platform. */
export interface GatewayListener {
  /** An event about commands or connectivity is on disk at this offset. */
  notable(offset: number): void;
  readonly commandReady: (device: {tenant: string; device: string}) => void;
  delivered(command: {id: string}): void;
  /** A connection ended before it acknowledged these commands. */
  undelivered(commands: {ids: readonly string[]}): void;
  /** A device subscribed to its desired document, or asked for it: `Gateway.twins.whole` is to be called. */
  twinWanted(twin: {tenant: string; device: string}): void;
  fault(message: string): void;
}

/** Something that a device said was refused after its PUBACK: it is told on its `error` topic. */
export interface DeviceError {
  readonly tenant: string;
  readonly device: string;
  /** Field gateways that may carry it. */
  readonly via: readonly string[];
  /** What it had published to, below its prefix. */
  readonly topic: string;
  readonly code: string;
  readonly detail: string;
}

export interface CommandDelivery {
  readonly tenant: string;
  readonly device: string;
  /** Field gateways that may carry it. */
  readonly via: readonly string[];
  readonly id: string;
  readonly name: string;
  /** JSON text. */
  readonly payload: string;
}

export interface GatewayReport {
  readonly connections: number;
  readonly eventsTotal: number;
  readonly refusedTotal: number;
  readonly droppedTotal: number;
  readonly blockedBy: string | null;
  readonly head: number;
}
