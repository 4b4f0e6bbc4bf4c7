import {z} from 'zod';
import type {ApiPorts} from '../ports.js';
import {
  deviceSchema,
  idParams,
  madeDeviceSchema,
  queryFlag,
  queryNumber,
  wantedDeviceSchema,
} from '../schemas.js';
import {callerOf} from '../security.js';
import type {Server} from '../server.js';

const BATCH_MAX = 1000;
const BATCH_BODY_BYTES_MAX = 2 * 1024 * 1024;

export function deviceRoutes(server: Server, {devices}: ApiPorts): void {
  server.route({
    method: 'POST',
    url: '/v1/devices',
    schema: {
      summary: 'Create a device; its secret is in this answer only',
      body: wantedDeviceSchema.extend({ifNotExists: z.boolean().optional()}),
      response: {200: madeDeviceSchema, 201: madeDeviceSchema},
    },
    async handler(request, reply) {
      const {ifNotExists = false, ...wanted} = request.body;
      const [made] = await devices.create(callerOf(request).tenant, [wanted], {ifNotExists});
      return reply.status(made!.credential ? 201 : 200).send(made!);
    },
  });

  server.route({
    method: 'POST',
    url: '/v1/devices/batch',
    bodyLimit: BATCH_BODY_BYTES_MAX,
    schema: {
      summary: 'Create up to 1000 devices, all or none',
      body: z.strictObject({
        devices: z.array(wantedDeviceSchema).min(1).max(BATCH_MAX),
        ifNotExists: z.boolean().optional(),
      }),
      response: {201: z.object({items: z.array(madeDeviceSchema)})},
    },
    async handler(request, reply) {
      const {ifNotExists = false, devices: wanted} = request.body;
      const items = await devices.create(callerOf(request).tenant, wanted, {ifNotExists});
      return reply.status(201).send({items});
    },
  });

  server.route({
    method: 'GET',
    url: '/v1/devices',
    schema: {
      summary: 'List devices by id',
      querystring: z.strictObject({
        limit: queryNumber(1, 500).default(50),
        cursor: z.string().optional(),
        selector: z.string().optional(),
      }),
      response: {200: z.object({items: z.array(deviceSchema), nextCursor: z.string().nullable()})},
    },
    handler: async request => await devices.list(callerOf(request).tenant, request.query),
  });

  server.route({
    method: 'GET',
    url: '/v1/devices/:id',
    schema: {summary: 'Show a device', params: idParams, response: {200: deviceSchema}},
    handler: async request => await devices.get(callerOf(request).tenant, request.params.id),
  });

  server.route({
    method: 'POST',
    url: '/v1/devices/:id/retire',
    schema: {
      summary: 'Retire a device: its connection ends, its credentials stop, its history stays',
      params: idParams,
      response: {200: deviceSchema},
    },
    handler: async request => await devices.retire(callerOf(request).tenant, request.params.id),
  });

  server.route({
    method: 'DELETE',
    url: '/v1/devices/:id',
    schema: {
      summary: 'Delete a retired device; its id becomes free',
      params: idParams,
      querystring: z.strictObject({force: queryFlag.default(false)}),
      response: {204: z.null()},
    },
    async handler(request, reply) {
      await devices.remove(callerOf(request).tenant, request.params.id, request.query);
      return reply.status(204).send(null);
    },
  });
}
