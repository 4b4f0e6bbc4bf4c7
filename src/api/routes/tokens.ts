import {z} from 'zod';
import type {ApiPorts} from '../ports.js';
import {tokenSchema} from '../schemas.js';
import {callerOf} from '../security.js';
import type {Server} from '../server.js';

/** A filter below `t/{tenant}/`: applications have `x/…`; what devices say is a scope of its own. */
const topicSchema = z.string().regex(/^x(?:\/.+)?$/, 'an application’s topics are below x/');

export function tokenRoutes(server: Server, {tokens}: ApiPorts): void {
  server.route({
    method: 'POST',
    url: '/v1/tokens',
    schema: {
      summary: 'Create a token; its secret is in this answer only',
      body: z.strictObject({
        name: z.string(),
        kind: z.enum(['admin', 'service']),
        topics: z.array(topicSchema).max(32).optional(),
        readTelemetry: z.boolean().optional(),
        expiresAt: z.iso.datetime({offset: true}).optional(),
      }),
      response: {201: tokenSchema.extend({username: z.string(), secret: z.string()})},
    },
    async handler(request, reply) {
      const {expiresAt, ...wanted} = request.body;
      const expiresMs = expiresAt === undefined ? undefined : Date.parse(expiresAt);
      return reply.status(201).send(await tokens.create(callerOf(request).tenant, {...wanted, expiresMs}));
    },
  });

  server.route({
    method: 'GET',
    url: '/v1/tokens',
    schema: {summary: 'List tokens', response: {200: z.object({items: z.array(tokenSchema)})}},
    handler: async request => ({items: await tokens.list(callerOf(request).tenant)}),
  });

  server.route({
    method: 'DELETE',
    url: '/v1/tokens/:name',
    schema: {summary: 'Delete a token', params: z.object({name: z.string()}), response: {204: z.null()}},
    async handler(request, reply) {
      await tokens.remove(callerOf(request).tenant, request.params.name);
      return reply.status(204).send(null);
    },
  });
}
