import {z} from 'zod';
import {callerOf, originOf} from '../access.js';
import {createdTokenSchema, scopesSchema, tokenSchema, wantedGrantSchema} from '../people-schemas.js';
import type {ApiPorts} from '../ports.js';
import type {Server} from '../server.js';

/** A filter below `t/{tenant}/`: applications have `x/…`; what devices say is a permission of its own. */
const topicSchema = z.string().regex(/^x(?:\/.+)?$/, 'an application’s topics are below x/');

export function tokenRoutes(server: Server, {admin: {tokens}}: ApiPorts): void {
  server.route({
    method: 'POST',
    url: '/v1/tokens',
    config: {permission: 'token:create'},
    schema: {
      summary: 'Create a token; its secret is in this answer only',
      body: z.strictObject({
        name: z.string(),
        user: z.string().optional(),
        roles: z.array(wantedGrantSchema).max(32).optional(),
        scopes: scopesSchema.optional(),
        topics: z.array(topicSchema).max(32).optional(),
        expiresAt: z.iso.datetime({offset: true}).optional(),
      }),
      response: {201: createdTokenSchema},
    },
    async handler(request, reply) {
      const {expiresAt, ...wanted} = request.body;
      const expiresMs = expiresAt === undefined ? undefined : Date.parse(expiresAt);
      const {tenant} = callerOf(request);
      return reply.status(201).send(await tokens.create(originOf(request), tenant, {...wanted, expiresMs}));
    },
  });

  server.route({
    method: 'GET',
    url: '/v1/tokens',
    config: {permission: 'token:read'},
    schema: {summary: 'List tokens', response: {200: z.object({items: z.array(tokenSchema)})}},
    handler: async request => ({items: await tokens.list(callerOf(request).tenant)}),
  });

  server.route({
    method: 'DELETE',
    url: '/v1/tokens/:name',
    config: {permission: 'token:delete'},
    schema: {summary: 'Delete a token', params: z.object({name: z.string()}), response: {204: z.null()}},
    async handler(request, reply) {
      await tokens.remove(originOf(request), callerOf(request).tenant, request.params.name);
      return reply.status(204).send(null);
    },
  });
}
