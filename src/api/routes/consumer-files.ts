/** Files that consumers have written on the platform, also those of consumers that are deleted. */
import {z} from 'zod';
import {callerOf, originOf} from '../access.js';
import type {ApiPorts} from '../ports.js';
import type {Server} from '../server.js';

const nameParams = z.object({name: z.string()});
const written = z.object({files: z.number(), bytes: z.number()});

export function consumerFileRoutes(server: Server, ports: ApiPorts): void {
  const {consumerFiles} = ports.admin;

  server.route({
    method: 'GET',
    url: '/v1/consumers/:name/files',
    config: {permission: 'consumer:read'},
    schema: {
      summary: 'How many files it has written that are still there, also when it is deleted',
      params: nameParams,
      response: {200: written},
    },
    handler: request => consumerFiles.count(callerOf(request).tenant, request.params.name),
  });

  server.route({
    method: 'DELETE',
    url: '/v1/consumers/:name/files',
    config: {permission: 'consumer:delete'},
    schema: {
      summary: 'Remove all files that it has written: of one that is paused, or deleted already',
      params: nameParams,
      response: {200: written},
    },
    handler: request =>
      consumerFiles.remove(originOf(request), callerOf(request).tenant, request.params.name),
  });
}
