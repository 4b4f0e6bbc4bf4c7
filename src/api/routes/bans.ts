import {z} from 'zod';
import type {Ban} from '../../domain/ban.js';
import {callerOf, originOf} from '../access.js';
import type {ApiPorts} from '../ports.js';
import {idParams} from '../schemas.js';
import type {Server} from '../server.js';

const DURATION_MS_MAX = 366 * 86_400_000;

const banSchema = z.object({
  id: z.string(),
  address: z.string().nullable(),
  device: z.string().nullable(),
  tenant: z.string().nullable(),
  reason: z.string(),
  automatic: z.boolean(),
  createdAt: z.string(),
  expiresAt: z.string().nullable(),
}) satisfies z.ZodType<Ban>;

export function banRoutes(server: Server, {admin: {bans}}: ApiPorts): void {
  server.route({
    method: 'GET',
    url: '/v1/bans',
    config: {permission: 'ban:read'},
    schema: {
      summary: 'Who is not let in for a while',
      response: {200: z.object({items: z.array(banSchema)})},
    },
    handler: async request => ({items: await bans.list(callerOf(request))}),
  });

  server.route({
    method: 'POST',
    url: '/v1/bans',
    config: {permission: 'ban:create'},
    schema: {
      summary: 'Ban an address, a device, or a device from an address; live connections that it names end',
      body: z.strictObject({
        address: z.string().optional(),
        device: z.string().optional(),
        durationMs: z.number().int().min(1000).max(DURATION_MS_MAX).optional(),
        reason: z.string().min(1).max(500),
      }),
      response: {201: banSchema},
    },
    handler: async (request, reply) =>
      reply.status(201).send(await bans.add(originOf(request), callerOf(request), request.body)),
  });

  server.route({
    method: 'DELETE',
    url: '/v1/bans/:id',
    config: {permission: 'ban:delete'},
    schema: {summary: 'End a ban', params: idParams, response: {204: z.null()}},
    async handler(request, reply) {
      await bans.remove(originOf(request), callerOf(request), request.params.id);
      return reply.status(204).send(null);
    },
  });
}
