import type {ShownState} from './consumer.js';
import type {ArchiveTotals} from './retention.js';

/** What `iotctl status` shows: each part of the platform, as it is now. Keys of JSON; rates are per second. */
export interface PlatformStatus {
  readonly state: 'ok' | 'degraded';
  /** Why it is degraded, one sentence each. */
  readonly problems: readonly string[];
  readonly version: string;
  readonly pid: number;
  readonly startedAt: string;
  readonly dataFolder: string;
  readonly rssBytes: number;
  /** The longest time that the main thread's event loop was blocked since the last status, in milliseconds. */
  readonly loopDelayMsMax: number;
  readonly gateway: GatewayStatus;
  readonly stream: StreamStatus;
  readonly store: StoreStatus;
  readonly consumers: ConsumersStatus;
  readonly registry: {readonly devices: number; readonly online: number};
  readonly disk: {readonly freeBytes: number; readonly usedBytes: number};
}

export interface GatewayStatus {
  readonly startedAt: string;
  readonly restarts: number;
  readonly connections: number;
  readonly eventsPerSec: number;
  readonly eventsTotal: number;
  readonly refusedTotal: number;
  readonly droppedTotal: number;
  /** Why acknowledgements stopped, or null. */
  readonly blockedBy: string | null;
  /** The same as the platform's, of the thread that holds the devices' connections. */
  readonly loopDelayMsMax: number;
}

export interface StreamStatus {
  /** The offset that the next event gets. */
  readonly head: number;
  /** The oldest offset still held. */
  readonly first: number;
  readonly bytes: number;
  readonly cursors: readonly {readonly name: string; readonly offset: number; readonly lag: number}[];
}

export interface StoreStatus {
  readonly startedAt: string;
  readonly restarts: number;
  readonly state: 'ok' | 'blocked';
  readonly problem: string | null;
  readonly lag: number;
  readonly rowsTotal: number;
  /** Of all tenants together. */
  readonly archive: ArchiveTotals;
  /** Answers about them do not need DuckDB. */
  readonly readingsInMemory: number;
  readonly queries: QueryCounts;
}

/** Questions in SQL, for statistics and for episodes, and exports, of all tenants. */
export interface QueryCounts {
  /** DuckDB works at them now. */
  readonly running: number;
  /** Their turn has not come. */
  readonly waiting: number;
  /** Answers that leave as streams; one whose reader is slow is not running. */
  readonly streams: number;
}

export const NO_QUERIES: QueryCounts = {running: 0, waiting: 0, streams: 0};

/** Those of all tenants together. */
export interface ConsumersStatus {
  /** Of their thread; null where there was no consumer since the platform was started. */
  readonly startedAt: string | null;
  readonly restarts: number;
  readonly total: number;
  readonly failing: number;
  /** Those of suspended tenants too. */
  readonly paused: number;
  /** Among those that are not paused. */
  readonly furthestBehind: {readonly tenant: string; readonly name: string; readonly lag: number} | null;
}

/** One consumer, as `GET /metrics` has it. */
export interface ConsumerStatus {
  readonly tenant: string;
  readonly name: string;
  readonly state: ShownState;
  /** Offsets of the stream behind the newest one. */
  readonly lag: number;
  readonly deadLetters: number;
  /** Events, and attempts; both since its thread was started. */
  readonly delivered: number;
  readonly failedAttempts: number;
}
