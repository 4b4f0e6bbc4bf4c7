/** What the API needs of the platform: everything it can do is here. */
import type {Administration} from '../admin/administration.js';
import type {DeviceFacts} from '../domain/access.js';
import type {Command} from '../domain/command.js';
import type {SeriesEpisode} from '../domain/episode-counts.js';
import type {ExportDay, ExportFormat} from '../domain/history-export.js';
import type {QueryEnd, QueryValue, StreamFormat} from '../domain/query.js';
import type {Freshness} from '../domain/stats.js';
import type {StatsTable} from '../domain/stats-table.js';
import type {ConsumerStatus, PlatformStatus} from '../domain/status.js';
import type {EpisodesRequest} from '../store/episodes/episodes-sql.js';
import type {WhenRequest} from '../store/episodes/when-request.js';
import type {RegistryAccess} from '../store/registry-tables.js';
import type {Answer} from '../store/stats/answer.js';
import type {StatsRequest} from '../store/stats/stats-request.js';
import type {StreamReader} from '../stream/event-stream.js';
import type {EventHistory, EventQuery} from '../tail/history.js';

export interface SqlQuery {
  readonly sql: string;
  /** For `?` and `$1` by number, for `$name` by name. */
  readonly parameters?: Readonly<Record<string, QueryValue>> | undefined;
  readonly timeoutMs: number;
  /** All rows where it is absent. */
  readonly maxRows?: number | undefined;
  /** Of what is in the registry. */
  readonly registry: RegistryAccess;
  /** Waits until everything is stored that was acknowledged before. */
  readonly consistent?: boolean | undefined;
  /** Only rows of these devices; all where it is absent. */
  readonly devices?: readonly string[] | undefined;
}

export interface QueryAnswer {
  readonly columns: readonly {readonly name: string; readonly type: string}[];
  readonly rows: readonly (readonly unknown[])[];
  readonly truncated: boolean;
  readonly elapsedMs: number;
  readonly freshness: Freshness;
}

/** An answer piece by piece, no faster than it is read. */
export type AnswerStream = AsyncGenerator<Uint8Array, QueryEnd, void>;
export interface ExportDaysQuery {
  /** Of event time, half-open, in Unix milliseconds. */
  readonly sinceMs?: number | undefined;
  readonly untilMs?: number | undefined;
  /** All where it is absent. */
  readonly tables?: readonly string[] | undefined;
  /** Only rows of these devices; all where it is absent. */
  readonly devices?: readonly string[] | undefined;
}

export interface ExportPartQuery {
  readonly table: string;
  readonly day: string;
  readonly format: ExportFormat;
  readonly devices?: readonly string[] | undefined;
}

export interface CommandRequest {
  readonly tenant: string;
  readonly device: string;
  readonly name: string;
  readonly data: unknown;
  readonly ttlMs: number;
  readonly force?: boolean | undefined;
  readonly requestedBy: string;
  readonly allowedBy: string;
}

/** A device that came by HTTP, as its secret proved. */
export interface DeviceLogin {
  readonly username: string;
  readonly secret: string;
  readonly address: string;
}

/** Where a device goes on that was provisioned. */
export interface DeviceDoors {
  /** Ports, where they are open. */
  readonly ports: {readonly [Door in 'mqtt' | 'ws' | 'mqtts' | 'wss' | 'https']?: number | undefined};
  /** The name that others have for this machine, where it listens for others than itself. */
  readonly name: string | undefined;
  /** SHA-256 of the server's certificate in hexadecimal; undefined without TLS. */
  readonly fingerprint: string | undefined;
}

export interface ApiPorts {
  /** Everything that people change, and who they are. */
  readonly admin: Administration;
  /** What a decision about a device has to know; undefined where there is none. */
  deviceFacts(tenant: string, id: string): Promise<DeviceFacts | undefined>;
  readonly commands: {
    send(request: CommandRequest): Promise<Command>;
    wait(tenant: string, id: string, waitMs: number): Promise<Command>;
    get(tenant: string, id: string): Promise<Command>;
    listFor(tenant: string, device: string): Promise<Command[]>;
    cancel(tenant: string, id: string): Promise<Command>;
  };
  /** Known once the platform has opened its doors. */
  doors(): DeviceDoors;
  /** Authenticates the device itself; resolves with the offset once the event is on disk. */
  ingest(request: DeviceLogin & {component: string; payload: Uint8Array}): Promise<number>;
  /** Throws `IOT_UNAUTHENTICATED`. */
  authenticateDevice(login: DeviceLogin): Promise<{tenant: string; device: string}>;
  history(tenant: string, query: EventQuery): Promise<EventHistory>;
  readonly stream: StreamReader;
  /** Called whenever more is on disk; gives back how to stop that. */
  onHead(listener: (head: number) => void): () => void;
  stats(tenant: string, request: StatsRequest): Promise<Answer<StatsTable>>;
  episodes(tenant: string, request: EpisodesRequest | WhenRequest): Promise<Answer<SeriesEpisode[]>>;
  /** The signal cancels it. */
  query(tenant: string, query: SqlQuery, signal: AbortSignal): Promise<QueryAnswer>;
  /** The pieces have to be read to their end, or the signal aborted. */
  queryStream(
    tenant: string,
    query: SqlQuery & {readonly format: StreamFormat},
    signal: AbortSignal,
  ): AnswerStream;
  /** The days that there are, with their rows. */
  exportDays(
    tenant: string,
    query: ExportDaysQuery,
  ): Promise<{readonly tables: string[]; readonly days: ExportDay[]}>;
  /** Writes one day to a file, which is the caller's to remove. */
  exportPart(tenant: string, query: ExportPartQuery): Promise<{readonly path: string; readonly rows: number}>;
  status(): Promise<PlatformStatus>;
  /** Consumers of all tenants. */
  consumerStatus(): Promise<readonly ConsumerStatus[]>;
  /** The last lines of the log. */
  recentLog(lines: number): Promise<string[]>;
  onLogLine(listener: (line: string) => void): () => void;
  shutdown(): void;
}
