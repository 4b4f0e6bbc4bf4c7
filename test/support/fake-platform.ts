/** An HTTP server with the routes of a platform's API and a memory for a store: what commands are tested against. */
import Fastify, {type FastifyInstance, type FastifyReply} from 'fastify';
import type {QueryResult} from '../../src/client/query-api.js';
import type {CloudEvent} from '../../src/domain/cloud-event.js';
import type {Command} from '../../src/domain/command.js';
import type {CredentialKind} from '../../src/domain/credential.js';
import type {Device} from '../../src/domain/device.js';
import {NO_ARCHIVE} from '../../src/domain/retention.js';
import type {PlatformStatus} from '../../src/domain/status.js';
import {BLANK_TWIN, type Twin} from '../../src/domain/twin.js';
import {twinView} from '../../src/registry/twin-row.js';
import {credentialRoutes, type FakeCredentials, noCredentials, secretsOf} from './fake-credentials.js';
import {type FakePeople, nobody, peopleRoutes} from './fake-people.js';
import {NOW, problem} from './fake-problem.js';
import {type FakeSecurity, noSecurity, securityRoutes} from './fake-security.js';
import {type FakeTenants, noTenants, tenantRoutes} from './fake-tenants.js';

export const TOKEN = `iotctl_pat_${'a'.repeat(43)}`;

export const FRESH = {completeTo: 0, lag: 0, lastEventAt: null};

interface FakePlatform extends FakePeople, FakeTenants, FakeCredentials, FakeSecurity {
  url: string;
  /** Every request that was let in, in their order. */
  readonly requests: {method: string; url: string; body: unknown; authorization: string | undefined}[];
  readonly devices: Map<string, Device>;
  readonly events: CloudEvent[];
  /** What the next command that is sent comes back as. */
  answer: Partial<Command>;
  /** The body of the last request for a query or a command. */
  asked: unknown;
  /** What every query is answered with. */
  result: QueryResult;
  status: PlatformStatus;
  /** Resolves when the next query comes, which is then never answered. */
  nextQuery(): Promise<void>;
}

/** Starts it on a free loopback port. Tests may read and change everything in it. */
export async function startFakePlatform() {
  const platform: FakePlatform = {
    ...nobody(),
    ...noTenants(),
    ...noCredentials(),
    ...noSecurity(),
    url: '',
    requests: [],
    devices: new Map(),
    events: [],
    answer: {state: 'succeeded', transitions: [{state: 'requested', at: NOW}]},
    asked: undefined,
    result: {columns: [], rows: [], truncated: false, elapsedMs: 1, freshness: FRESH},
    status: healthyStatus(),
    nextQuery: () =>
      new Promise(resolve => {
        queryCame = resolve;
      }),
  };
  let queryCame: (() => void) | undefined;
  const server = Fastify({forceCloseConnections: true});
  server.addHook('onRequest', async (request, reply) => {
    const known = [TOKEN, ...platform.sessions].map(token => `Bearer ${token}`);
    if (request.url !== '/v1/login' && !known.includes(request.headers.authorization ?? ''))
      return problem(reply, 'IOT_UNAUTHENTICATED', 'no such token');
  });
  server.addHook('preHandler', async ({method, url, body, headers: {authorization}}) => {
    platform.requests.push({method, url, body, authorization});
  });
  deviceRoutes(server, platform);
  commandRoutes(server, platform);
  peopleRoutes(server, platform);
  tenantRoutes(server, platform);
  credentialRoutes(server, platform);
  securityRoutes(server, platform);
  server.get('/v1/status', async () => platform.status);
  server.get<{Querystring: {lines?: string}}>('/v1/logs', async ({query}, reply) =>
    reply.type('text/plain').send(
      'one\ntwo\nthree\n'
        .split('\n')
        .slice(-Number(query.lines ?? 100) - 1)
        .join('\n'),
    ),
  );
  server.post('/v1/query', async ({body, headers}, reply) => {
    platform.asked = body;
    if (headers.accept === 'text/csv') return reply.type('text/csv').send(csvOf(platform.result));
    if (queryCame === undefined) return platform.result;
    queryCame();
    return reply.hijack();
  });
  server.get<{Querystring: Record<string, string>}>('/v1/events/tail', async ({query}, reply) => {
    const matching = platform.events
      .filter(event => query.type === undefined || event.type === query.type)
      .filter(event => query.device === undefined || event.source.endsWith(`/d/${query.device}`))
      .filter(event => query.since === undefined || event.time >= query.since);
    const last = query.last === undefined ? matching.length : Number(query.last);
    const history = last === 0 ? [] : matching.slice(-last);
    reply.hijack();
    reply.raw.writeHead(200, {'content-type': 'text/event-stream'});
    for (const event of history) reply.raw.write(`id: ${event.offset}\ndata: ${JSON.stringify(event)}\n\n`);
    reply.raw.write(': ready\n\n');
    if (query.follow === 'false') reply.raw.end();
  });
  platform.url = await server.listen({port: 0, host: '127.0.0.1'});
  return Object.assign(platform, {
    async [Symbol.asyncDispose]() {
      server.server.closeAllConnections();
      await server.close();
    },
  });
}

type Server = FastifyInstance;
interface WithId {
  Params: {id: string};
}

function deviceRoutes(server: Server, {devices}: FakePlatform): void {
  interface NewDevice {
    readonly id: string;
    readonly model?: string;
    readonly labels?: Record<string, string>;
    readonly credential?: CredentialKind | 'none';
  }
  const create = ({id, model, labels, credential = 'secret'}: NewDevice) => {
    if (devices.has(id)) return {device: devices.get(id)!, credential: null};
    const device = deviceOf(id, {model: model ?? null, labels: labels ?? {}});
    devices.set(id, device);
    if (credential === 'none') return {device, credential: null};
    const secrets = credential === 'secret' ? {secret: `secret-of-${id}`} : secretsOf(credential);
    return {device, credential: {username: `${id}@default`, ...secrets}};
  };
  server.post<{
    Body: {devices: NewDevice[]; ifNotExists?: boolean; credential?: 'secret' | 'token' | 'none'};
  }>('/v1/devices/batch', async ({body}, reply) => {
    const there = body.devices.find(({id}) => devices.has(id));
    if (there !== undefined && body.ifNotExists !== true) {
      return problem(reply, 'IOT_DEVICE_EXISTS', `device ${there.id} exists`);
    }
    return reply.code(201).send({
      items: body.devices.map(device =>
        create(body.credential === undefined ? device : {...device, credential: body.credential}),
      ),
    });
  });
  server.post<{Body: NewDevice & {ifNotExists?: boolean}}>('/v1/devices', async ({body}, reply) => {
    if (devices.has(body.id) && body.ifNotExists !== true) {
      return problem(reply, 'IOT_DEVICE_EXISTS', `device ${body.id} exists`);
    }
    return reply.code(201).send(create(body));
  });
  server.get<{Querystring: {limit?: string; cursor?: string; selector?: string}}>(
    '/v1/devices',
    async ({query}) => {
      const wanted = (query.selector ?? '')
        .split(',')
        .filter(part => part !== '')
        .map(part => part.split('='));
      const items = [...devices.values()]
        .filter(device => wanted.every(([key, value]) => device.labels[key!] === value))
        .filter(device => query.cursor === undefined || device.id > query.cursor)
        .sort((a, b) => (a.id < b.id ? -1 : 1));
      const page = items.slice(0, Number(query.limit ?? 50));
      return {items: page, nextCursor: page.length < items.length ? page.at(-1)!.id : null};
    },
  );
  server.get<WithId>('/v1/devices/:id', async ({params}, reply) => {
    return devices.get(params.id) ?? unknownDevice(reply, params.id);
  });
  server.get<WithId>('/v1/devices/:id/twin', async ({params}, reply) => {
    return devices.has(params.id) ? blankTwinOf(params.id) : unknownDevice(reply, params.id);
  });
  server.post<WithId>('/v1/devices/:id/retire', async ({params}, reply) => {
    const device = devices.get(params.id);
    if (device === undefined) return unknownDevice(reply, params.id);
    devices.set(params.id, {...device, lifecycle: 'retired', retiredAt: NOW});
    return devices.get(params.id);
  });
  server.delete<WithId & {Querystring: {force?: string}}>(
    '/v1/devices/:id',
    async ({params, query}, reply) => {
      const device = devices.get(params.id);
      if (device === undefined) return unknownDevice(reply, params.id);
      if (device.lifecycle !== 'retired' && query.force !== 'true') {
        return problem(reply, 'IOT_DEVICE_NOT_RETIRED', `device ${params.id} is not retired`);
      }
      devices.delete(params.id);
      return reply.code(204).send();
    },
  );
}

function commandRoutes(server: Server, platform: FakePlatform): void {
  const commands = new Map<string, Command>();
  server.post<WithId & {Body: {name: string; data?: unknown}}>(
    '/v1/devices/:id/commands',
    async ({params, body, query}, reply) => {
      if (!platform.devices.has(params.id)) return unknownDevice(reply, params.id);
      platform.asked = {...body, ...(query as object)};
      const command = commandOf(params.id, body, platform.answer);
      commands.set(command.id, command);
      return reply.code(201).send(command);
    },
  );
  server.get<WithId>('/v1/devices/:id/commands', async ({params}) => ({
    items: [...commands.values()].filter(command => command.device === params.id),
  }));
  server.get<WithId>('/v1/commands/:id', async ({params}, reply) => {
    return commands.get(params.id) ?? problem(reply, 'IOT_COMMAND_UNKNOWN', `no command ${params.id}`);
  });
  server.post<WithId>('/v1/commands/:id/cancel', async ({params}, reply) => {
    const command = commands.get(params.id);
    if (command === undefined) return problem(reply, 'IOT_COMMAND_UNKNOWN', `no command ${params.id}`);
    commands.set(params.id, {...command, state: 'cancelled'});
    return commands.get(params.id);
  });
}

const blankTwinOf = (device: string): Twin => twinView({tenant: 'default', device}, BLANK_TWIN);

const unknownDevice = (reply: FastifyReply, id: string) =>
  problem(reply, 'IOT_DEVICE_UNKNOWN', `no device ${id}`);

const NO_NOTE = {reason: null, at: null, by: null};

export const deviceOf = (id: string, more: Partial<Device> = {}): Device => ({
  id,
  tenant: 'default',
  generation: 'g1',
  version: 1,
  model: null,
  modelVersion: null,
  labels: {},
  metadata: {},
  components: {},
  via: [],
  lifecycle: 'provisioned',
  lifecycleNote: NO_NOTE,
  adminState: 'enabled',
  adminNote: NO_NOTE,
  connectivity: 'never',
  connection: {version: 0, sessionId: null, address: null, endReason: null},
  health: 'ok',
  healthNote: NO_NOTE,
  createdAt: NOW,
  retiredAt: null,
  connectedAt: null,
  disconnectedAt: null,
  lastSeenAt: null,
  lastDataAt: null,
  changes: [],
  ...more,
});

export const eventOf = (offset: number, more: Partial<CloudEvent> = {}): CloudEvent => ({
  specversion: '1.0',
  id: String(offset),
  source: '/t/default/d/lamp-1',
  type: 'telemetry',
  time: NOW,
  recordedtime: NOW,
  offset,
  partitionkey: 'default/lamp-1',
  datacontenttype: 'application/json',
  data: {temperature: offset},
  ...more,
});

const commandOf = (
  device: string,
  body: {name: string; data?: unknown},
  answer: Partial<Command>,
): Command => ({
  id: '019b0000-0000-7000-8000-000000000001',
  tenant: 'default',
  device,
  name: body.name,
  data: body.data ?? null,
  state: 'succeeded',
  requestedBy: 'admin',
  allowedBy: 'admin',
  deviceState: {lifecycle: 'active', adminState: 'enabled', connectivity: 'online'},
  forced: false,
  createdAt: NOW,
  expiresAt: NOW,
  transitions: [],
  result: null,
  ...answer,
});

export const healthyStatus = (): PlatformStatus => ({
  state: 'ok',
  problems: [],
  version: '0.1.0',
  pid: process.pid,
  startedAt: NOW,
  dataFolder: '/tmp',
  rssBytes: 100_000_000,
  loopDelayMsMax: 0,
  gateway: {
    startedAt: NOW,
    restarts: 0,
    connections: 3,
    eventsPerSec: 12.5,
    eventsTotal: 1000,
    refusedTotal: 0,
    droppedTotal: 0,
    blockedBy: null,
    loopDelayMsMax: 0,
  },
  stream: {head: 1000, first: 0, bytes: 4096, cursors: [{name: 'store', offset: 990, lag: 10}]},
  store: {
    startedAt: NOW,
    restarts: 0,
    state: 'ok',
    problem: null,
    lag: 10,
    rowsTotal: 990,
    archive: NO_ARCHIVE,
    readingsInMemory: 0,
    queries: {running: 1, waiting: 2, streams: 3},
  },
  consumers: {
    startedAt: NOW,
    restarts: 0,
    total: 2,
    failing: 1,
    paused: 0,
    furthestBehind: {tenant: 'default', name: 'billing', lag: 7},
  },
  registry: {devices: 2, online: 1},
  disk: {freeBytes: 10 * 2 ** 30, usedBytes: 2 ** 20},
});

const csvOf = ({columns, rows}: QueryResult): string =>
  [columns.map(({name}) => name), ...rows].map(cells => `${cells.map(String).join(',')}\r\n`).join('');
