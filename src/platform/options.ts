/** What a platform is started with. */
import type {Limits} from '../domain/limits.js';
import type {TlsOptions} from './certificates.js';
import type {Ports} from './ports.js';

/** What the event stream keeps once every consumer has read it. */
export interface Retention {
  readonly retainMs: number;
  readonly retainBytes: number;
}

/**
 * A week, but at most 64 MiB: the stream is for consumers that are behind, the store for history. Its pages count as
 * this process's memory while they are in use.
 */
export const DEFAULT_RETENTION: Retention = {retainMs: 7 * 86_400_000, retainBytes: 64 * 2 ** 20};

export interface PlatformOptions {
  readonly dataFolder: string;
  readonly host: string;
  /** Which doors to open: see `openDoors`. */
  readonly ports: Ports;
  readonly tls?: TlsOptions | undefined;
  /** What differs from the defaults. */
  readonly limits?: Partial<Limits> | undefined;
  readonly retention: Retention;
  /** May consumers start commands on this machine? */
  readonly allowExec?: boolean | undefined;
  /** Where consumers write files, if it is not in the data folder. */
  readonly consumerFolder?: string | undefined;
  readonly version: string;
  /** Readable log lines go here, besides the log file. */
  readonly print: ((line: string) => void) | undefined;
}

/** What `iotctl up -o json` prints. */
export interface PlatformAddress {
  /** Over TLS where that is the only way, as for the two below. */
  readonly mqttUrl: string;
  readonly wsUrl: string;
  readonly apiUrl: string;
  readonly mqttsUrl?: string | undefined;
  readonly wssUrl?: string | undefined;
  readonly httpsUrl?: string | undefined;
  /** What clients have to trust: a file with the platform's own authority, and that one's SHA-256. */
  readonly authority?: {readonly file: string; readonly fingerprint: string} | undefined;
  readonly ports: Ports;
  readonly dataFolder: string;
  readonly pid: number;
  /** The secret of the token that the first start made; undefined once its file was taken away. */
  readonly adminToken: string | undefined;
}
