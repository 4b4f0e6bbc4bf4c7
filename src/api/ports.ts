/** What the API needs of the platform: everything it can do is here. */
import type {Command} from '../domain/command.js';
import type {Device, DeviceCredential} from '../domain/device.js';
import type {StoredEvent} from '../domain/event.js';
import type {PlatformStatus} from '../domain/status.js';
import type {CreatedToken, Token} from '../domain/token.js';
import type {StreamReader} from '../stream/event-stream.js';

export interface Caller {
  readonly tenant: string;
  /** The token's name. */
  readonly name: string;
}

export interface WantedDevice {
  readonly id: string;
  readonly model?: string | undefined;
  readonly labels?: Readonly<Record<string, string>> | undefined;
}

export interface MadeDevice {
  readonly device: Device;
  readonly credential: DeviceCredential | null;
}

export interface EventQuery {
  readonly sinceMs?: number | undefined;
  readonly untilMs?: number | undefined;
  readonly device?: string | undefined;
  /** Exact, or a prefix that ends with `.*`. */
  readonly type?: string | undefined;
  readonly afterOffset?: number | undefined;
  readonly limit: number;
  /** The newest `limit` events, in order, instead of the oldest. */
  readonly last?: boolean | undefined;
}

/**
 * `more`: others match behind the last one (before the first one with `last`). `storedUpTo`: the store has everything of this tenant before that
 * offset; the stream goes on from there.
 */
export interface EventHistory {
  readonly events: readonly StoredEvent[];
  readonly more: boolean;
  readonly storedUpTo: number;
}

export interface QueryAnswer {
  readonly columns: readonly {readonly name: string; readonly type: string}[];
  readonly rows: readonly (readonly unknown[])[];
  readonly truncated: boolean;
  readonly elapsedMs: number;
}

export interface ApiPorts {
  authenticate(secret: string): Promise<Caller | undefined>;
  readonly devices: {
    create(
      tenant: string,
      devices: readonly WantedDevice[],
      options: {ifNotExists: boolean},
    ): Promise<MadeDevice[]>;
    get(tenant: string, id: string): Promise<Device>;
    list(
      tenant: string,
      page: {limit: number; cursor?: string | undefined; selector?: string | undefined},
    ): Promise<{items: Device[]; nextCursor: string | null}>;
    retire(tenant: string, id: string): Promise<Device>;
    remove(tenant: string, id: string, options: {force: boolean}): Promise<void>;
  };
  readonly tokens: {
    create(
      tenant: string,
      token: {
        name: string;
        kind: 'admin' | 'service';
        topics?: string[] | undefined;
        readTelemetry?: boolean | undefined;
        expiresMs?: number | undefined;
      },
    ): Promise<CreatedToken>;
    list(tenant: string): Promise<Token[]>;
    remove(tenant: string, name: string): Promise<void>;
  };
  readonly commands: {
    send(
      caller: Caller,
      device: string,
      command: {name: string; data: unknown; ttlMs: number},
    ): Promise<Command>;
    wait(tenant: string, id: string, waitMs: number): Promise<Command>;
    get(tenant: string, id: string): Promise<Command>;
    listFor(tenant: string, device: string): Promise<Command[]>;
    cancel(tenant: string, id: string): Promise<Command>;
  };
  /** Authenticates the device itself; resolves with the offset once the event is on disk. */
  ingest(request: {
    username: string;
    secret: string;
    component: string;
    payload: Uint8Array;
  }): Promise<number>;
  history(tenant: string, query: EventQuery): Promise<EventHistory>;
  readonly stream: StreamReader;
  /** Called whenever more is on disk; gives back how to stop that. */
  onHead(listener: (head: number) => void): () => void;
  query(tenant: string, query: {sql: string; timeoutMs: number; maxRows: number}): Promise<QueryAnswer>;
  status(): Promise<PlatformStatus>;
  /** The last lines of the log. */
  recentLog(lines: number): Promise<string[]>;
  onLogLine(listener: (line: string) => void): () => void;
  shutdown(): void;
}
