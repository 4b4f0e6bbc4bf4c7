/** The typed client of the HTTP API: what every command speaks through, to a platform here or elsewhere. */
import type {CloudEvent} from '../domain/cloud-event.js';
import type {Command} from '../domain/command.js';
import type {Device, DeviceCredential} from '../domain/device.js';
import type {PlatformStatus} from '../domain/status.js';
import type {CreatedToken, Token} from '../domain/token.js';
import {type Address, type RequestOptions, requestJson, requestStream} from './request.js';
import {readServerSentEvents} from './server-sent-events.js';

export interface WantedDevice {
  readonly id: string;
  readonly model?: string;
  readonly labels?: Readonly<Record<string, string>>;
}

export interface MadeDevice {
  readonly device: Device;
  /** Null when the device was there before. */
  readonly credential: DeviceCredential | null;
}

export interface QueryResult {
  readonly columns: readonly {readonly name: string; readonly type: string}[];
  readonly rows: readonly (readonly unknown[])[];
  readonly truncated: boolean;
  readonly elapsedMs: number;
}

export interface TailOptions {
  readonly since?: string | undefined;
  readonly after?: number | undefined;
  readonly last?: number | undefined;
  readonly device?: string | undefined;
  readonly type?: string | undefined;
  readonly follow?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
}

const PAGE = 500;

/** What is waited for beyond the time that the request itself may take. */
const REQUEST_TIMEOUT_MS = 30_000;

/** How long the platform works at a query when nothing else is said. */
const QUERY_TIMEOUT_MS = 30_000;

/** Every method throws an `IotctlError` with the platform's own code, or `IOT_PLATFORM_UNREACHABLE`. */
export class ApiClient {
  readonly #address: Address;

  constructor(address: Address) {
    this.#address = address;
  }

  status(): Promise<PlatformStatus> {
    return this.#json('GET', '/v1/status');
  }

  shutdown(): Promise<{pid: number}> {
    return this.#json('POST', '/v1/shutdown');
  }

  async *logs({
    lines,
    follow,
    signal,
  }: {
    lines?: number | undefined;
    follow?: boolean | undefined;
    signal?: AbortSignal | undefined;
  }): AsyncGenerator<string> {
    const log = requestStream(this.#address, '/v1/logs', {query: {lines, follow}, signal});
    let rest = '';
    for await (const text of log) {
      const pieces = (rest + text).split('\n');
      rest = pieces.pop() ?? '';
      yield* pieces;
    }
    if (rest !== '') yield rest;
  }

  createDevice(device: WantedDevice & {ifNotExists?: boolean}): Promise<MadeDevice> {
    return this.#json('POST', '/v1/devices', {body: device});
  }

  /** At most 1000 at once, all or none. */
  createDevices(
    devices: readonly WantedDevice[],
    options: {ifNotExists?: boolean} = {},
  ): Promise<{items: MadeDevice[]}> {
    return this.#json('POST', '/v1/devices/batch', {body: {devices, ...options}});
  }

  listDevices(
    page: {limit?: number | undefined; cursor?: string | undefined; selector?: string | undefined} = {},
  ): Promise<{items: Device[]; nextCursor: string | null}> {
    return this.#json('GET', '/v1/devices', {query: page});
  }

  async *allDevices({selector}: {selector?: string | undefined} = {}): AsyncGenerator<Device> {
    let cursor: string | undefined;
    do {
      const page = await this.listDevices({limit: PAGE, cursor, selector});
      yield* page.items;
      cursor = page.nextCursor ?? undefined;
    } while (cursor !== undefined);
  }

  getDevice(id: string): Promise<Device> {
    return this.#json('GET', `/v1/devices/${encodeURIComponent(id)}`);
  }

  retireDevice(id: string): Promise<Device> {
    return this.#json('POST', `/v1/devices/${encodeURIComponent(id)}/retire`);
  }

  async deleteDevice(id: string, {force}: {force?: boolean} = {}): Promise<void> {
    await this.#json('DELETE', `/v1/devices/${encodeURIComponent(id)}`, {query: {force}});
  }

  /** With `waitMs`, answers when the command is over or the time is up. */
  sendCommand(
    device: string,
    {
      waitMs,
      ...command
    }: {name: string; data?: unknown; ttlMs?: number | undefined; waitMs?: number | undefined},
  ): Promise<Command> {
    const path = `/v1/devices/${encodeURIComponent(device)}/commands`;
    return this.#json('POST', path, {
      body: command,
      query: {waitMs},
      timeoutMs: (waitMs ?? 0) + REQUEST_TIMEOUT_MS,
    });
  }

  getCommand(id: string): Promise<Command> {
    return this.#json('GET', `/v1/commands/${encodeURIComponent(id)}`);
  }

  listCommands(device: string): Promise<{items: Command[]}> {
    return this.#json('GET', `/v1/devices/${encodeURIComponent(device)}/commands`);
  }

  cancelCommand(id: string): Promise<Command> {
    return this.#json('POST', `/v1/commands/${encodeURIComponent(id)}/cancel`);
  }

  query(query: {
    sql: string;
    timeoutMs?: number | undefined;
    maxRows?: number | undefined;
  }): Promise<QueryResult> {
    const timeoutMs = (query.timeoutMs ?? QUERY_TIMEOUT_MS) + REQUEST_TIMEOUT_MS;
    return this.#json('POST', '/v1/query', {body: query, timeoutMs});
  }

  /** Stored events in the order of the stream; `last` gives the newest so many. */
  events(
    query: TailOptions & {until?: string | undefined; limit?: number | undefined} = {},
  ): Promise<{items: CloudEvent[]; nextCursor: string | null}> {
    const {signal, ...rest} = query;
    return this.#json('GET', '/v1/events', {query: rest, signal});
  }

  /** Ends with `IOT_PLATFORM_UNREACHABLE` naming the last offset when the connection is lost. */
  async *tail({signal, ...query}: TailOptions): AsyncGenerator<CloudEvent> {
    const events = requestStream(this.#address, '/v1/events/tail', {query, signal});
    yield* readServerSentEvents(events, query.follow !== false, signal);
  }

  createToken(token: {
    name: string;
    kind: 'admin' | 'service';
    topics?: readonly string[];
    readTelemetry?: boolean;
    expiresAt?: string | undefined;
  }): Promise<CreatedToken> {
    return this.#json('POST', '/v1/tokens', {body: token});
  }

  listTokens(): Promise<{items: Token[]}> {
    return this.#json('GET', '/v1/tokens');
  }

  async deleteToken(name: string): Promise<void> {
    await this.#json('DELETE', `/v1/tokens/${encodeURIComponent(name)}`);
  }

  async #json<Answer>(method: string, path: string, options: RequestOptions = {}): Promise<Answer> {
    return (await requestJson(this.#address, method, path, options)) as Answer;
  }
}
