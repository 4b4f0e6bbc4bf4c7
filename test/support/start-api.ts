/** The API as it is, on a free loopback port: with a real registry, and events in memory. */
import {Administration} from '../../src/admin/administration.js';
import type {GatewayBans} from '../../src/admin/ban-admin.js';
import type {IdentityNews} from '../../src/admin/news.js';
import type {TenantHistory} from '../../src/admin/retention-admin.js';
import type {BackfillMessage, BackfillStore, BackfillStream} from '../../src/admin/uploads/upload-admin.js';
import type {ApiPorts, DeviceLogin} from '../../src/api/ports.js';
import {startApi} from '../../src/api/server.js';
import {ApiClient} from '../../src/client/api-client.js';
import {CommandControl} from '../../src/control/command-control.js';
import type {Ban} from '../../src/domain/ban.js';
import {secretMatches} from '../../src/domain/credential.js';
import {IotctlError} from '../../src/domain/errors.js';
import {parseUsername} from '../../src/domain/identity.js';
import {NOTHING_DONE} from '../../src/domain/retention.js';
import {ConsumerFiles} from '../../src/platform/consumer-files.js';
import {AuditAggregate} from '../../src/registry/audit-aggregate.js';
import {openRegistry, type Registry} from '../../src/registry/registry.js';
import {sampleEvent} from '../stream/sample-events.js';
import {FRESH, healthyStatus} from './fake-platform.js';
import {MemoryEvents} from './memory-events.js';
import {temporaryFolder} from './temporary-folder.js';
import {testKeys, testRoot} from './test-keys.js';

type News = {readonly kind: keyof IdentityNews; readonly change: object}[];

export interface StartedApi extends AsyncDisposable {
  readonly url: string;
  readonly port: number;
  readonly token: string;
  readonly filesFolder: string;
  /** What consumers would write. */
  readonly consumerFolder: string;
  readonly events: MemoryEvents;
  readonly registry: Registry;
  readonly admin: Administration;
  /** What the gateway would have been told, in order. */
  readonly news: News;
  /** Messages of uploads that went past the stream, by their parts. */
  readonly storeOnly: StoreOnly;
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

type StoreOnly = Map<string, readonly BackfillMessage[]>;

const rememberedParts = (parts: StoreOnly): BackfillStore => ({
  put({upload, part}, messages) {
    const key = `${upload}/${part}`;
    if (!parts.has(key)) parts.set(key, messages);
    return Promise.resolve();
  },
});

const rememberedNews = (news: News): IdentityNews => ({
  identity: change => void news.push({kind: 'identity', change}),
  tenant: change => void news.push({kind: 'tenant', change}),
  authorities: change => void news.push({kind: 'authorities', change}),
  devices: change => void news.push({kind: 'devices', change}),
  twins: change => void news.push({kind: 'twins', change}),
});

/** `ports` replaces parts of what the API speaks to. */
export async function startTestApi(
  ports: Partial<ApiPorts> = {},
  {
    host = '127.0.0.1',
    clock,
    allowExec,
    onConsumers,
    consumersSettled = () => Promise.resolve(),
    eraseStored = () => Promise.resolve(),
    history = {
      retain: () => Promise.resolve(NOTHING_DONE),
      verifyArchive: () => Promise.resolve({files: 0, bytes: 0, unknown: 0, faults: []}),
    },
    cutAppends = messages => ({kept: messages, answered: true}),
  }: {
    host?: string;
    clock?: () => number;
    allowExec?: boolean;
    onConsumers?: () => void;
    /** Resolves once consumers that should not run write nothing any more. */
    consumersSettled?: () => Promise<void>;
    /** Of a device, from the store. */
    eraseStored?: () => Promise<void>;
    history?: TenantHistory;
    /** What of an upload is on disk before the stream is gone for a moment, and whether it still answered. */
    cutAppends?: (messages: readonly BackfillMessage[]) => {
      kept: readonly BackfillMessage[];
      answered: boolean;
    };
  } = {},
): Promise<StartedApi> {
  const folder = await temporaryFolder();
  const registry = await openRegistry(folder.path, testKeys());
  const refusals = new AuditAggregate(entry => registry.record(entry));
  const news: News = [];
  const storeOnly: StoreOnly = new Map();
  const token = (await registry.bootstrap(Date.now()))!;
  const events = new MemoryEvents();
  const consumerFolder = `${folder.path}/consumers`;
  const control = new CommandControl({
    registry,
    deliver: () => Promise.resolve('offline' as const),
    publishEvent: event => Promise.resolve(events.append(event) - 1),
  });
  await control.start();
  const admin = new Administration({
    registry,
    refusals,
    news: rememberedNews(news),
    commands: control,
    data: {
      usage: () =>
        Promise.resolve({
          connections: 0,
          publishesPerSec: 0,
          bytesPerSec: 0,
          storageBytes: 0,
          retainedMessages: 0,
        }),
      erase: () => Promise.resolve(),
      eraseDevice: eraseStored,
    },
    history,
    bans: memoryBans(),
    filesFolder: `${folder.path}/files`,
    stream: backfillTo(events, cutAppends),
    uploadStore: rememberedParts(storeOnly),
    root: testRoot,
    onEvents: () => undefined,
    clock,
    allowExec,
    onConsumers,
    consumerFiles: new ConsumerFiles({folder: consumerFolder, settled: consumersSettled}),
    onLoopback: true,
    webhookRetryDelaysMs: [0, 0],
  });
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
      admin,
      deviceFacts: (tenant, id) => registry.devices.facts(tenant, id),
      commands: commandPorts(registry, control),
      authenticateDevice: login => authenticateDevice(registry, login),
      ingest: request => ingest(registry, events, request),
      stats: () => Promise.resolve(noReadings({bucketsMs: null, groups: [], values: {}})),
      episodes: () => Promise.resolve(noReadings([])),
      query: () => Promise.resolve({columns: [], rows: [], truncated: false, elapsedMs: 1, freshness: FRESH}),
      queryStream: async function* () {
        yield* [];
        return {rows: 0, truncated: false, elapsedMs: 1, freshness: FRESH};
      },
      exportDays: () => Promise.resolve({tables: [], days: []}),
      exportPart: () => Promise.reject(new IotctlError('IOT_REQUEST_INVALID', 'no table')),
      doors: () => ({ports: {mqtt: 1883}, name: undefined, fingerprint: undefined}),
      status: () => Promise.resolve(healthyStatus()),
      consumerStatus: () => Promise.resolve([]),
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
    filesFolder: `${folder.path}/files`,
    consumerFolder,
    events,
    registry,
    admin,
    news,
    storeOnly,
    bugs,
    log,
    shutdown,
    client: new ApiClient({url, token}),
    request: (path, {headers, ...init} = {}) =>
      fetch(`${url}${path}`, {...init, headers: {authorization: `Bearer ${token}`, ...headers}}),
    close,
    async [Symbol.asyncDispose]() {
      await close();
      await admin.close();
      await refusals.flush();
      await control.close();
      await registry.close();
      await folder[Symbol.asyncDispose]();
    },
  };
}

const backfillTo = (
  events: MemoryEvents,
  cut: (messages: readonly BackfillMessage[]) => {kept: readonly BackfillMessage[]; answered: boolean},
): BackfillStream => ({
  head: () => events.ports.stream.head(),
  append(messages) {
    const {kept, answered} = cut(messages);
    for (const {tenant, device, component, payload, attributes} of kept)
      events.append(sampleEvent({tenant, device, component, payload, attributes}));
    return answered ? Promise.resolve() : Promise.reject(new Error('the stream is gone'));
  },
  async appended({upload, part, fromOffset}) {
    const all = await events.ports.stream.read(fromOffset, 100_000);
    const own = all.filter(
      ({attributes}) => attributes?.uploadid === upload && attributes.uploadpart === String(part),
    );
    return new Set(own.map(({attributes}) => attributes!.uploadkey!));
  },
});

const noReadings = <Found>(found: Found) => ({found, from: 'table' as const, freshness: FRESH, elapsedMs: 1});

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

function commandPorts(registry: Registry, control: CommandControl): ApiPorts['commands'] {
  const {commands} = registry;
  return {
    send: request => control.send(request),
    wait: (tenant, id, waitMs) => control.wait(tenant, id, waitMs),
    get: (tenant, id) => commands.get(tenant, id),
    listFor: (tenant, device) => commands.listFor(tenant, device, 100),
    cancel: (tenant, id) => control.cancel(tenant, id),
  };
}

/** Bans as a gateway keeps them, without the gateway. */
function memoryBans(): GatewayBans {
  const bans = new Map<string, Ban>();
  return {
    list: () => Promise.resolve([...bans.values()]),
    add: ban => Promise.resolve(void bans.set(ban.id, ban)),
    remove: id => Promise.resolve(bans.delete(id)),
  };
}

async function authenticateDevice(
  registry: Registry,
  {username, secret}: DeviceLogin,
): Promise<{tenant: string; device: string}> {
  const {name: device = '', tenant = ''} = parseUsername(username) ?? {};
  const identity = await registry.identities.device(tenant, device);
  const right = identity?.credentials.some(kept => kept.kind === 'secret' && secretMatches(secret, kept));
  if (right !== true) throw new IotctlError('IOT_UNAUTHENTICATED', `${username} was not let in`);
  return {tenant, device};
}

async function ingest(
  registry: Registry,
  events: MemoryEvents,
  {component, payload, ...login}: Parameters<ApiPorts['ingest']>[0],
): Promise<number> {
  const {tenant, device} = await authenticateDevice(registry, login);
  if (payload.byteLength > 256 * 1024)
    throw new IotctlError('IOT_PAYLOAD_TOO_LARGE', `payload of ${payload.byteLength} bytes`);
  return events.append(sampleEvent({tenant, device, component, payload})) - 1;
}
