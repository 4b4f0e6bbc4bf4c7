import type {FastifyReply, FastifyRequest} from 'fastify';
import {z} from 'zod';
import {decide, deviceScope} from '../../domain/access.js';
import {STREAM_FORMATS, type StreamFormat} from '../../domain/query.js';
import {QUERY_TABLES, type RegistryTable} from '../../domain/query-schema.js';
import {PLATFORM} from '../../domain/tenant.js';
import {modelTables} from '../../store/model-schema-tables.js';
import type {RegistryAccess} from '../../store/registry-tables.js';
import {callerOf, requirePermission, visibleDevices} from '../access.js';
import type {ApiPorts, SqlQuery} from '../ports.js';
import {QueryReply, STREAM_TYPES, streamFormatOf} from '../query-reply.js';
import {freshnessSchema} from '../reading-choice.js';
import {watchToken} from '../security.js';
import type {Server} from '../server.js';

const TIMEOUT_MS_MAX = 3_600_000;
const ROWS_MAX = 1_000_000;
const PARAMETERS_MAX = 100;

/** An answer in JSON is in memory as a whole, here and at its reader; a stream is not. */
const ROWS_DEFAULT = 10_000;
const TIMEOUT_MS_DEFAULT = 30_000;
const STREAM_TIMEOUT_MS_DEFAULT = 600_000;

const querySchema = z.strictObject({
  sql: z.string().min(1).max(100_000),
  /** For `?` and `$1` by number, for `$name` by name. */
  parameters: z
    .record(z.string().max(128), z.union([z.string(), z.number(), z.boolean(), z.null()]))
    .refine(values => Object.keys(values).length <= PARAMETERS_MAX, `more than ${PARAMETERS_MAX} parameters`)
    .optional(),
  /** 30 s for JSON, 10 min for a stream. */
  timeoutMs: z.number().int().min(1).max(TIMEOUT_MS_MAX).optional(),
  /** 10,000 for JSON, all for a stream. */
  maxRows: z.number().int().min(1).optional(),
  /** Wait until everything is stored that was acknowledged before. */
  consistent: z.boolean().default(false),
  /** The platform’s own events instead of the tenant’s. */
  platform: z.boolean().default(false),
});

const tableSchema = z.object({
  name: z.string(),
  meaning: z.string(),
  columns: z.array(z.object({name: z.string(), type: z.string(), meaning: z.string()})),
});

const answerSchema = z.object({
  columns: z.array(z.object({name: z.string(), type: z.string()})),
  rows: z.array(z.array(z.unknown())),
  truncated: z.boolean(),
  elapsedMs: z.number(),
  freshness: freshnessSchema,
});

export function queryRoutes(server: Server, ports: ApiPorts): void {
  schemaRoute(server, ports);
  server.route({
    method: 'POST',
    url: '/v1/query',
    config: {permission: 'query:run'},
    schema: {
      summary:
        'Ask a question in SQL: one reading statement over what the caller may see. `Accept` chooses JSON, or a stream as NDJSON or CSV',
      body: querySchema,
      response: {
        200: {
          description: 'The answer',
          content: {
            'application/json': {schema: answerSchema},
            ...Object.fromEntries(STREAM_FORMATS.map(format => [STREAM_TYPES[format], {schema: z.string()}])),
          },
        },
      },
    },
    async handler(request, reply) {
      const {platform, ...query} = request.body;
      const gone = new AbortController();
      reply.raw.once('close', () => gone.abort());
      const caller = callerOf(request);
      if (platform) requirePermission(caller, 'platform:read');
      const devices = platform ? undefined : await visibleDevices(ports, request);
      const registry = platform ? {} : await registryAccess(ports, request, devices);
      const asked = {tenant: platform ? PLATFORM : caller.tenant, query: {...query, devices, registry}};
      const format = streamFormatOf(request);
      if (format === undefined) return await answer(ports, asked, gone.signal);
      // The reply is written by hand.
      return (await stream({server, ports, request, reply}, {...asked, format}, gone)) as never;
    },
  });
}

/** The tables of the registry have rights of their own: whoever may ask questions need not be one who may see devices. */
async function registryAccess(
  ports: ApiPorts,
  request: FastifyRequest,
  devices: readonly string[] | undefined,
): Promise<RegistryAccess> {
  const access: {-readonly [Table in RegistryTable]?: 'all' | readonly string[]} = {};
  for (const [table, permission] of [
    ['devices', 'device:read'],
    ['commands', 'command:read'],
  ] as const) {
    const caller = callerOf(request);
    if (!decide(caller.access, permission).allowed) continue;
    const scope = deviceScope(caller.access, permission);
    const own = scope === 'all' ? undefined : await ports.admin.devices.idsIn(caller.tenant, scope);
    access[table] = bothOf(own, devices) ?? 'all';
  }
  return access;
}

function bothOf(
  some: readonly string[] | undefined,
  others: readonly string[] | undefined,
): readonly string[] | undefined {
  if (some === undefined || others === undefined) return some ?? others;
  const among = new Set(others);
  return some.filter(id => among.has(id));
}

function schemaRoute(server: Server, {admin: {models}}: ApiPorts): void {
  server.route({
    method: 'GET',
    url: '/v1/query/schema',
    config: {permission: 'query:run'},
    schema: {
      summary: 'The tables that a query can name, and their columns',
      response: {200: z.object({items: z.array(tableSchema)})},
    },
    async handler(request) {
      const described = await models.list(callerOf(request).tenant);
      const tables = [...QUERY_TABLES, ...modelTables(described.map(({spec}) => spec))];
      return {items: tables.map(table => ({...table, columns: [...table.columns]}))};
    },
  });
}

interface Asked {
  readonly tenant: string;
  readonly query: Omit<SqlQuery, 'timeoutMs'> & {readonly timeoutMs?: number | undefined};
}

async function answer(ports: ApiPorts, {tenant, query}: Asked, signal: AbortSignal) {
  const {timeoutMs = TIMEOUT_MS_DEFAULT, maxRows = ROWS_DEFAULT} = query;
  const bounded = {...query, timeoutMs, maxRows: Math.min(maxRows, ROWS_MAX)};
  const {columns, rows, ...rest} = await ports.query(tenant, bounded, signal);
  return {columns: [...columns], rows: rows.map(row => [...row]), ...rest};
}

async function stream(
  {
    server,
    ports,
    request,
    reply,
  }: {server: Server; ports: ApiPorts; request: FastifyRequest; reply: FastifyReply},
  {tenant, query, format}: Asked & {format: StreamFormat},
  gone: AbortController,
): Promise<void> {
  const {timeoutMs = STREAM_TIMEOUT_MS_DEFAULT} = query;
  const pieces = ports.queryStream(tenant, {...query, timeoutMs, format}, gone.signal);
  // What is wrong with the statement shows with the first piece, while there still is a status to say it with.
  const first = await pieces.next();
  reply.hijack();
  const out = new QueryReply(request, reply.raw, format);
  const failed = (error: unknown): void => out.fail(server.translate(error, request.id));
  const unwatch = watchToken(ports, request, error => {
    failed(error);
    gone.abort();
  });
  await out.copy(first, pieces).catch(failed).finally(unwatch);
  await pieces.return(undefined as never);
}
