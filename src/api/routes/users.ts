import {z} from 'zod';
import {callerOf, originOf} from '../access.js';
import {userSchema, wantedGrantSchema} from '../people-schemas.js';
import type {ApiPorts} from '../ports.js';
import type {Server} from '../server.js';

const nameParams = z.object({name: z.string()});
const passwordSchema = z.string().max(256);
const displayNameSchema = z.string().min(1).max(128);

export function userRoutes(server: Server, {admin: {users}}: ApiPorts): void {
  server.route({
    method: 'GET',
    url: '/v1/users',
    config: {permission: 'user:read'},
    schema: {
      summary: 'List people and service accounts',
      response: {200: z.object({items: z.array(userSchema)})},
    },
    handler: async request => ({items: await users.list(callerOf(request).tenant)}),
  });

  server.route({
    method: 'POST',
    url: '/v1/users',
    config: {permission: 'user:create'},
    schema: {
      summary: 'Create a person or a service account',
      body: z.strictObject({
        name: z.string(),
        kind: z.enum(['person', 'service']).default('person'),
        displayName: displayNameSchema.optional(),
        password: passwordSchema.optional(),
        roles: z.array(wantedGrantSchema).max(32).optional(),
      }),
      response: {201: userSchema},
    },
    handler: async (request, reply) =>
      reply.status(201).send(await users.create(originOf(request), callerOf(request).tenant, request.body)),
  });

  server.route({
    method: 'GET',
    url: '/v1/users/:name',
    config: {permission: 'user:read'},
    schema: {summary: 'Show a user', params: nameParams, response: {200: userSchema}},
    handler: async request => await users.get(callerOf(request).tenant, request.params.name),
  });

  server.route({
    method: 'PATCH',
    url: '/v1/users/:name',
    config: {permission: 'user:update'},
    schema: {
      summary: 'Disable or enable a user, or set a new password',
      params: nameParams,
      body: z.strictObject({
        state: z.enum(['active', 'disabled']).optional(),
        displayName: displayNameSchema.optional(),
        password: passwordSchema.optional(),
      }),
      response: {200: userSchema},
    },
    handler: async request =>
      await users.update(originOf(request), callerOf(request).tenant, request.params.name, request.body),
  });

  server.route({
    method: 'DELETE',
    url: '/v1/users/:name',
    config: {permission: 'user:delete'},
    schema: {
      summary: 'Delete a user, with their tokens and roles',
      params: nameParams,
      response: {204: z.null()},
    },
    async handler(request, reply) {
      await users.remove(originOf(request), callerOf(request).tenant, request.params.name);
      return reply.status(204).send(null);
    },
  });
}
