/** What a platform is started with. */
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
  /** 0 chooses a free one. */
  readonly ports: Ports;
  readonly retention: Retention;
  readonly version: string;
  /** Readable log lines go here, besides the log file. */
  readonly print: ((line: string) => void) | undefined;
}

/** What `iotctl up -o json` prints. */
export interface PlatformAddress {
  readonly mqttUrl: string;
  readonly wsUrl: string;
  readonly apiUrl: string;
  readonly ports: Ports;
  readonly dataFolder: string;
  readonly pid: number;
  /** The secret of the token that the first start made; undefined once its file was taken away. */
  readonly adminToken: string | undefined;
}
