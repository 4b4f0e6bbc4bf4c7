import {z} from 'zod';
import {callerOf, originOf} from '../access.js';
import type {ApiPorts} from '../ports.js';
import type {Server} from '../server.js';

const groupKeySchema = z.object({name: z.string(), createdAt: z.string(), createdBy: z.string()});

export function groupKeyRoutes(server: Server, {admin: {groupKeys}}: ApiPorts): void {
  server.route({
    method: 'GET',
    url: '/v1/group-keys',
    config: {permission: 'authority:read'},
    schema: {summary: 'List keys of groups', response: {200: z.object({items: z.array(groupKeySchema)})}},
    handler: async request => ({items: await groupKeys.list(callerOf(request).tenant)}),
  });

  server.route({
    method: 'POST',
    url: '/v1/group-keys',
    config: {permission: 'authority:create'},
    schema: {
      summary: 'A key from which devices’ keys are derived; it is in this answer only',
      body: z.strictObject({name: z.string()}),
      response: {201: groupKeySchema.extend({key: z.string()})},
    },
    handler: async (request, reply) =>
      reply
        .status(201)
        .send(await groupKeys.create(originOf(request), callerOf(request).tenant, request.body.name)),
  });

  server.route({
    method: 'DELETE',
    url: '/v1/group-keys/:name',
    config: {permission: 'authority:delete'},
    schema: {
      summary: 'Delete a key of a group: what was derived from it stops working',
      params: z.object({name: z.string()}),
      response: {204: z.null()},
    },
    async handler(request, reply) {
      await groupKeys.remove(originOf(request), callerOf(request).tenant, request.params.name);
      return reply.status(204).send(null);
    },
  });
}
