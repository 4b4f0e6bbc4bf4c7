/** The API as it is, on a free loopback port: with a real registry, and events in memory. */
import type {ApiPorts} from '../../src/api/ports.js';
import {startApi} from '../../src/api/server.js';
import {ApiClient} from '../../src/client/api-client.js';
import {CommandControl} from '../../src/control/command-control.js';
import {IotctlError} from '../../src/domain/errors.js';
import {parseUsername} from '../../src/domain/identity.js';
import {openRegistry, type Registry} from '../../src/registry/registry.js';
import {sampleEvent} from '../stream/sample-events.js';
import {healthyStatus} from './fake-platform.js';
import {MemoryEvents} from './memory-events.js';
import {temporaryFolder} from './temporary-folder.js';

export interface StartedApi extends AsyncDisposable {
  readonly url: string;
  readonly port: number;
  readonly token: string;
  readonly events: MemoryEvents;
  readonly registry: Registry;
  readonly client: ApiClient;
  /** What was reported as a bug, with its trace id. */
  readonly bugs: {readonly message: string; readonly traceId: string}[];
  readonly log: {lines: string[]; write(line: string): void; readonly listeners: number};
  /** Resolves when someone asked for the platform's end. */
  readonly shutdown: Promise<void>;
  request(
    path: string,
    init?: Omit<RequestInit, 'headers'> & {headers?: Record<string, string>},
  ): Promise<Response>;
  close(): Promise<void>;
}

/** `ports` replaces parts of what the API speaks to. */
export async function startTestApi(
  ports: Partial<ApiPorts> = {},
  {host = '127.0.0.1'} = {},
): Promise<StartedApi> {
  const folder = await temporaryFolder();
  const registry = await openRegistry(folder.path);
  const token = (await registry.bootstrap(Date.now()))!;
  const events = new MemoryEvents();
  const control = new CommandControl({
    registry,
    deliver: () => Promise.resolve('offline' as const),
    publishEvent: event => Promise.resolve(events.append(event) - 1),
  });
  await control.start();
  const bugs: {message: string; traceId: string}[] = [];
  const log = memoryLog();
  let shutDown = (): void => {};
  const shutdown = new Promise<void>(resolve => {
    shutDown = () => resolve();
  });
  const api = await startApi({
    host,
    port: 0,
    version: '0.0.0-test',
    onBug: ({message}, traceId) => bugs.push({message, traceId}),
    ports: {
      ...events.ports,
      ...registryPorts(registry, control),
      ingest: request => ingest(registry, events, request),
      query: () => Promise.resolve({columns: [], rows: [], truncated: false, elapsedMs: 1}),
      status: () => Promise.resolve(healthyStatus()),
      recentLog: lines => Promise.resolve(lines === 0 ? [] : log.lines.slice(-lines)),
      onLogLine: listener => log.onLine(listener),
      shutdown: () => shutDown(),
      ...ports,
    },
  });
  const url = `http://127.0.0.1:${api.port}`;
  let closed: Promise<void> | undefined;
  const close = (): Promise<void> => (closed ??= api.close());
  return {
    url,
    port: api.port,
    token,
    events,
    registry,
    bugs,
    log,
    shutdown,
    client: new ApiClient({url, token}),
    request: (path, {headers, ...init} = {}) =>
      fetch(`${url}${path}`, {...init, headers: {authorization: `Bearer ${token}`, ...headers}}),
    close,
    async [Symbol.asyncDispose]() {
      await close();
      await control.close();
      await registry.close();
      await folder[Symbol.asyncDispose]();
    },
  };
}

function memoryLog() {
  const listeners = new Set<(line: string) => void>();
  return {
    lines: [] as string[],
    write(line: string): void {
      this.lines.push(line);
      for (const listener of listeners) listener(line);
    },
    onLine(listener: (line: string) => void) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    get listeners(): number {
      return listeners.size;
    },
  };
}

function registryPorts(registry: Registry, control: CommandControl) {
  const {devices, tokens, commands} = registry;
  return {
    async authenticate(secret) {
      const token = await tokens.authenticate(secret, Date.now());
      return token?.kind === 'admin' ? {tenant: token.tenant, name: token.name} : undefined;
    },
    devices: {
      create: (tenant, wanted, {ifNotExists}) =>
        devices.create(tenant, wanted, {ifNotExists, nowMs: Date.now()}),
      get: (tenant, id) => devices.get(tenant, id),
      list: (tenant, page) => devices.list(tenant, page),
      retire: (tenant, id) => devices.retire(tenant, id, Date.now()),
      remove: (tenant, id, options) => devices.remove(tenant, id, options),
    },
    tokens: {
      create: (tenant, token) => tokens.create(tenant, token, Date.now()),
      list: tenant => tokens.list(tenant),
      remove: (tenant, name) => tokens.remove(tenant, name),
    },
    commands: {
      send: (caller, device, command) =>
        control.send({
          tenant: caller.tenant,
          device,
          ...command,
          requestedBy: caller.name,
          allowedBy: 'token kind admin',
        }),
      wait: (tenant, id, waitMs) => control.wait(tenant, id, waitMs),
      get: (tenant, id) => commands.get(tenant, id),
      listFor: (tenant, device) => commands.listFor(tenant, device, 100),
      cancel: (tenant, id) => control.cancel(tenant, id),
    },
  } satisfies Partial<ApiPorts>;
}

async function ingest(
  registry: Registry,
  events: MemoryEvents,
  {username, secret, component, payload}: Parameters<ApiPorts['ingest']>[0],
): Promise<number> {
  const {name = '', tenant = ''} = parseUsername(username) ?? {};
  const identity = await registry.devices.identity(tenant, name);
  if (!identity || secret === '') throw new IotctlError('IOT_UNAUTHENTICATED', `${username} was not let in`);
  if (payload.byteLength > 256 * 1024)
    throw new IotctlError('IOT_PAYLOAD_TOO_LARGE', `payload of ${payload.byteLength} bytes`);
  return events.append(sampleEvent({tenant, device: name, component, payload})) - 1;
}
