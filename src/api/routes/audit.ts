import {Readable} from 'node:stream';
import type {FastifyRequest} from 'fastify';
import {z} from 'zod';
import {parseTimeMs} from '../../domain/duration.js';
import {PLATFORM} from '../../domain/tenant.js';
import {callerOf, requirePermission} from '../access.js';
import type {ApiPorts} from '../ports.js';
import {queryFlag, queryNumber} from '../schemas.js';
import type {Server} from '../server.js';

const PAGE_MAX = 1000;

const recordSchema = z.object({
  seq: z.number(),
  time: z.string(),
  tenant: z.string(),
  actor: z.object({
    kind: z.enum(['user', 'token', 'device', 'system', 'anonymous']),
    name: z.string(),
    tokenId: z.string().nullable(),
    address: z.string().nullable(),
    userAgent: z.string().nullable(),
  }),
  action: z.string(),
  target: z.string(),
  outcome: z.enum(['allowed', 'denied', 'error']),
  reason: z.string().nullable(),
  before: z.string().nullable(),
  after: z.string().nullable(),
  count: z.number(),
  traceId: z.string().nullable(),
  prevHash: z.string(),
  hash: z.string(),
});

/** The platform’s own log needs the right to read the platform, on top of that to read a log. */
const which = {platform: queryFlag.default(false)};

function chainOf(request: FastifyRequest, {platform}: {platform: boolean}): string {
  const caller = callerOf(request);
  if (!platform) return caller.tenant;
  requirePermission(caller, 'platform:read');
  return PLATFORM;
}

const timeOf = (text: string | undefined): number | undefined =>
  text === undefined ? undefined : parseTimeMs(text, Date.now());

export function auditRoutes(server: Server, {admin: {audit}}: ApiPorts): void {
  server.route({
    method: 'GET',
    url: '/v1/audit',
    config: {permission: 'audit:read'},
    schema: {
      summary: 'Who did what, newest first',
      querystring: z.strictObject({
        ...which,
        since: z.string().optional(),
        until: z.string().optional(),
        actor: z.string().optional(),
        action: z.string().optional(),
        target: z.string().optional(),
        outcome: z.enum(['allowed', 'denied', 'error']).optional(),
        order: z.enum(['newest', 'oldest']).optional(),
        limit: queryNumber(1, PAGE_MAX).default(100),
        cursor: z.string().optional(),
      }),
      response: {200: z.object({items: z.array(recordSchema), nextCursor: z.string().nullable()})},
    },
    async handler(request) {
      const {platform, since, until, ...query} = request.query;
      return await audit.list(chainOf(request, {platform}), {
        ...query,
        sinceMs: timeOf(since),
        untilMs: timeOf(until),
      });
    },
  });

  server.route({
    method: 'GET',
    url: '/v1/audit/verify',
    config: {permission: 'audit:read'},
    schema: {
      summary: 'Is the log as it was written? Names the first record that is not',
      querystring: z.strictObject(which),
      response: {
        200: z.discriminatedUnion('ok', [
          z.object({
            ok: z.literal(true),
            records: z.number(),
            lastSeq: z.number(),
            lastHash: z.string(),
            checkpointed: z.number(),
            keyId: z.string().nullable(),
          }),
          z.object({
            ok: z.literal(false),
            seq: z.number(),
            fault: z.enum(['changed', 'deleted', 'reordered', 'duplicated', 'truncated', 'checkpoint']),
            detail: z.string(),
          }),
        ]),
      },
    },
    handler: async request => await audit.verify(chainOf(request, request.query)),
  });

  server.route({
    method: 'GET',
    url: '/v1/audit/export',
    exposeHeadRoute: false,
    config: {permission: 'audit:read'},
    schema: {
      summary: 'The whole log with its checkpoints, one JSON object a line; it can be verified anywhere',
      querystring: z.strictObject(which),
      response: {200: {description: 'Lines', content: {'application/x-ndjson': {schema: z.string()}}}},
    },
    handler: async (request, reply) =>
      reply
        .type('application/x-ndjson')
        .send(Readable.from(linesOf(audit.export(chainOf(request, request.query)))) as never),
  });
}

async function* linesOf(records: AsyncIterable<string>): AsyncGenerator<string> {
  for await (const record of records) yield `${record}\n`;
}
