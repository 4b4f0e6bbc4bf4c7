/** Files that are no events, for whoever has a token: those of devices, and those of the tenant itself. */
import type {FastifyRequest} from 'fastify';
import {z} from 'zod';
import {IotctlError} from '../../domain/errors.js';
import {callerOf, originOf, requireDevice, scopeOf, visibleDevices} from '../access.js';
import {accessByToken} from '../file-access.js';
import {fileListSchema, filePageQuery, fileSchema, wantedFileSchema} from '../file-schema.js';
import type {ApiPorts} from '../ports.js';
import type {Server} from '../server.js';
import {fileContentRoutes} from './file-contents.js';

export function fileRoutes(server: Server, ports: ApiPorts): void {
  const {files} = ports.admin;
  const access = accessByToken(ports);
  server.route({
    method: 'POST',
    url: '/v1/files',
    config: {permission: 'file:write'},
    schema: {
      summary: 'Begin to send a file, or go on with one of the same name and digest',
      body: wantedFileSchema.extend({device: z.string().nullable().default(null)}),
      response: {200: fileSchema, 201: fileSchema},
    },
    async handler(request, reply) {
      await requirePlace(ports, request, request.body.device);
      const {file, created} = await files.begin(originOf(request), callerOf(request).tenant, request.body);
      return reply.status(created ? 201 : 200).send(file);
    },
  });
  server.route({
    method: 'GET',
    url: '/v1/files',
    config: {permission: 'file:read'},
    schema: {
      summary: 'Files, the newest first',
      querystring: filePageQuery.extend({device: z.string().optional()}),
      response: {200: fileListSchema},
    },
    async handler(request) {
      const devices = await visibleDevices(ports, request);
      const choice = {...request.query, ...(devices ? {devices} : {})};
      return await files.list(callerOf(request).tenant, choice);
    },
  });
  server.route({
    method: 'GET',
    url: access.url,
    config: access.config('file:read'),
    schema: {summary: 'What is known of a file', params: access.params, response: {200: fileSchema}},
    handler: async request => (await access.find(request)).file,
  });
  server.route({
    method: 'DELETE',
    url: access.url,
    config: access.config('file:delete'),
    schema: {summary: 'Delete a file', params: access.params, response: {204: z.undefined()}},
    async handler(request, reply) {
      const {origin, tenant, file} = await access.find(request);
      await files.remove(origin, tenant, file.id);
      return reply.status(204).send();
    },
  });
  fileContentRoutes(server, ports, access);
}

/** May the caller have files there? Those of the tenant itself are for who is limited to no devices. */
async function requirePlace(ports: ApiPorts, request: FastifyRequest, device: string | null): Promise<void> {
  if (device !== null) await requireDevice(ports, request, device);
  else if (scopeOf(request) !== 'all')
    throw new IotctlError('IOT_FORBIDDEN', 'files of no device are for those who see all devices');
}
