import {z} from 'zod';
import {PLATFORM} from '../../domain/tenant.js';
import {originOf} from '../access.js';
import type {ApiPorts} from '../ports.js';
import type {Server} from '../server.js';
import {statusSchema} from '../status-schema.js';

export function platformRoutes(server: Server, ports: ApiPorts): void {
  server.route({
    method: 'GET',
    url: '/healthz',
    config: {auth: 'none'},
    schema: {
      summary: 'Does the API answer?',
      response: {200: z.object({status: z.literal('ok')})},
    },
    handler: async () => ({status: 'ok' as const}),
  });

  server.route({
    method: 'GET',
    url: '/v1/status',
    config: {permission: 'platform:read'},
    schema: {summary: 'Each part of the platform', response: {200: statusSchema}},
    handler: async () => await ports.status(),
  });

  server.route({
    method: 'POST',
    url: '/v1/shutdown',
    config: {permission: 'platform:stop'},
    schema: {summary: 'Stop the platform', response: {202: z.object({pid: z.number()})}},
    async handler(request, reply) {
      const change = {tenant: PLATFORM, action: 'platform:stop', target: 'platform'};
      await ports.admin.changes.announce(originOf(request), change);
      reply.raw.once('finish', () => ports.shutdown());
      return reply.status(202).send({pid: process.pid});
    },
  });
}
