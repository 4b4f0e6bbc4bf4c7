import {z} from 'zod';
import type {ApiPorts} from '../ports.js';
import {callerOf} from '../security.js';
import type {Server} from '../server.js';
import {statusSchema} from '../status-schema.js';

const TIMEOUT_MS_MAX = 600_000;
const ROWS_MAX = 1_000_000;

export function platformRoutes(server: Server, ports: ApiPorts): void {
  server.route({
    method: 'GET',
    url: '/healthz',
    config: {auth: 'none'},
    schema: {
      summary: 'Does the API answer?',
      security: [],
      response: {200: z.object({status: z.literal('ok')})},
    },
    handler: async () => ({status: 'ok' as const}),
  });

  server.route({
    method: 'GET',
    url: '/v1/status',
    schema: {summary: 'Each part of the platform', response: {200: statusSchema}},
    handler: async () => await ports.status(),
  });

  server.route({
    method: 'POST',
    url: '/v1/shutdown',
    schema: {summary: 'Stop the platform', response: {202: z.object({pid: z.number()})}},
    async handler(_request, reply) {
      reply.raw.once('finish', () => ports.shutdown());
      return reply.status(202).send({pid: process.pid});
    },
  });

  server.route({
    method: 'POST',
    url: '/v1/query',
    schema: {
      summary: 'Ask a question in SQL: one reading statement over events and readings',
      body: z.strictObject({
        sql: z.string().min(1).max(100_000),
        timeoutMs: z.number().int().min(1).max(TIMEOUT_MS_MAX).default(30_000),
        maxRows: z.number().int().min(1).max(ROWS_MAX).default(10_000),
      }),
      response: {
        200: z.object({
          columns: z.array(z.object({name: z.string(), type: z.string()})),
          rows: z.array(z.array(z.unknown())),
          truncated: z.boolean(),
          elapsedMs: z.number(),
        }),
      },
    },
    handler: async request => {
      const {columns, rows, ...rest} = await ports.query(callerOf(request).tenant, request.body);
      return {columns: [...columns], rows: rows.map(row => [...row]), ...rest};
    },
  });
}
