/** Files of a device, for itself: what it sends, and what it fetches. */

import {deviceSender} from '../device-login.js';
import {accessOfDevice} from '../file-access.js';
import {fileListSchema, filePageQuery, fileSchema, wantedFileSchema} from '../file-schema.js';
import type {ApiPorts} from '../ports.js';
import {idParams} from '../schemas.js';
import type {Server} from '../server.js';
import {fileContentRoutes} from './file-contents.js';

export function deviceFileRoutes(server: Server, ports: ApiPorts): void {
  const {files} = ports.admin;
  server.route({
    method: 'POST',
    url: '/v1/devices/:id/files',
    config: {auth: 'device'},
    schema: {
      summary: 'Begin to send a file of a device, with its own credential (HTTP Basic)',
      params: idParams,
      body: wantedFileSchema,
      response: {200: fileSchema, 201: fileSchema},
    },
    async handler(request, reply) {
      const {origin, tenant, device} = await deviceSender(ports, request, request.params.id);
      const {file, created} = await files.begin(origin, tenant, {...request.body, device});
      return reply.status(created ? 201 : 200).send(file);
    },
  });
  server.route({
    method: 'GET',
    url: '/v1/devices/:id/files',
    config: {auth: 'device'},
    schema: {
      summary: 'Files of a device, with its own credential',
      params: idParams,
      querystring: filePageQuery,
      response: {200: fileListSchema},
    },
    async handler(request) {
      const {tenant, device} = await deviceSender(ports, request, request.params.id);
      return await files.list(tenant, {...request.query, device});
    },
  });
  fileContentRoutes(server, ports, accessOfDevice(ports));
}
