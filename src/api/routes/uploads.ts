/** Measurements that come later, many at once. A part that is sent again changes nothing. */
import type {FastifyRequest} from 'fastify';
import {z} from 'zod';
import {fromDevice, type Origin} from '../../admin/origin.js';
import {UPLOAD_ROWS_MAX, UPLOAD_TARGETS} from '../../domain/upload.js';
import {callerOf, originOf} from '../access.js';
import {deviceOf} from '../device-login.js';
import type {ApiPorts} from '../ports.js';
import {idParams, queryNumber} from '../schemas.js';
import type {Server} from '../server.js';

const PART_BYTES_MAX = 8 * 1024 * 1024;
const LISTED_MAX = 1000;

const uploadSchema = z.object({
  id: z.string(),
  name: z.string(),
  digest: z.string(),
  into: z.enum(UPLOAD_TARGETS),
  state: z.enum(['open', 'finished']),
  nextPart: z.number(),
  rowsAccepted: z.number(),
  rowsRefused: z.number(),
  createdAt: z.string(),
  createdBy: z.string(),
  finishedAt: z.string().nullable(),
});
const wantedSchema = z.strictObject({
  name: z.string().min(1).max(200),
  /** Of what is uploaded: who begins the same again goes on with it. */
  digest: z.string().regex(/^[A-Za-z0-9._:-]{8,128}$/),
  /** The event stream, marked as backfill, or past it the store alone. */
  into: z.enum(UPLOAD_TARGETS).default('stream'),
});
const partSchema = z.strictObject({
  // A row that cannot be read is refused by itself, and the others are let in.
  rows: z
    .array(z.unknown())
    .max(UPLOAD_ROWS_MAX)
    .meta({
      items: {
        type: 'object',
        properties: {
          device: {type: 'string'},
          component: {type: 'string'},
          ts: {type: 'number', description: 'Unix milliseconds'},
          v: {type: 'object'},
        },
        required: ['device', 'ts', 'v'],
      },
    }),
});
const answerSchema = z.object({
  part: z.number(),
  accepted: z.number(),
  refused: z.array(z.object({row: z.number(), reason: z.string()})).readonly(),
});
const partParams = z.object({id: z.string(), part: queryNumber(0, Number.MAX_SAFE_INTEGER)});

export function uploadRoutes(server: Server, ports: ApiPorts): void {
  const {uploads} = ports.admin;
  server.route({
    method: 'POST',
    url: '/v1/uploads',
    config: {permission: 'event:write'},
    schema: {
      summary: 'Begin an upload, or go on with the one of the same digest',
      body: wantedSchema,
      response: {200: uploadSchema, 201: uploadSchema},
    },
    async handler(request, reply) {
      const {upload, created} = await uploads.begin(
        originOf(request),
        callerOf(request).tenant,
        request.body,
      );
      return reply.status(created ? 201 : 200).send(upload);
    },
  });
  server.route({
    method: 'GET',
    url: '/v1/uploads',
    config: {permission: 'event:write'},
    schema: {
      summary: 'Uploads, the newest first',
      querystring: z.strictObject({limit: queryNumber(1, LISTED_MAX).default(100)}),
      response: {200: z.object({items: z.array(uploadSchema)})},
    },
    handler: async request => ({items: await uploads.list(callerOf(request).tenant, request.query.limit)}),
  });
  server.route({
    method: 'GET',
    url: '/v1/uploads/:id',
    config: {permission: 'event:write'},
    schema: {summary: 'How far an upload has come', params: idParams, response: {200: uploadSchema}},
    handler: async request => await uploads.get(callerOf(request).tenant, request.params.id),
  });
  server.route({
    method: 'PUT',
    url: '/v1/uploads/:id/parts/:part',
    config: {permission: 'event:write'},
    bodyLimit: PART_BYTES_MAX,
    schema: {
      summary: `Up to ${UPLOAD_ROWS_MAX} rows; answered once they are on disk`,
      params: partParams,
      body: partSchema,
      response: {200: answerSchema},
    },
    handler: async request =>
      await uploads.take(
        originOf(request),
        {tenant: callerOf(request).tenant, ...request.params},
        request.body.rows,
      ),
  });
  server.route({
    method: 'POST',
    url: '/v1/uploads/:id/finish',
    config: {permission: 'event:write'},
    schema: {summary: 'Everything was sent', params: idParams, response: {200: uploadSchema}},
    handler: async request =>
      await uploads.finish(originOf(request), callerOf(request).tenant, request.params.id),
  });
  deviceUploadRoutes(server, ports);
}

/** The same for a device, with its own credential: for itself, and for those that it carries. */
function deviceUploadRoutes(server: Server, ports: ApiPorts): void {
  const {uploads} = ports.admin;
  const callerIn = async (request: FastifyRequest, id: string): Promise<{origin: Origin; tenant: string}> => {
    const {tenant, device} = await deviceOf(ports, request, id);
    return {origin: {...originOf(request), ...fromDevice(device)}, tenant};
  };
  server.route({
    method: 'POST',
    url: '/v1/devices/:id/uploads',
    config: {auth: 'device'},
    schema: {
      summary: 'Begin an upload of a device, with its own credential (HTTP Basic)',
      params: idParams,
      body: wantedSchema,
      response: {200: uploadSchema, 201: uploadSchema},
    },
    async handler(request, reply) {
      const {origin, tenant} = await callerIn(request, request.params.id);
      const {upload, created} = await uploads.begin(origin, tenant, request.body);
      return reply.status(created ? 201 : 200).send(upload);
    },
  });
  server.route({
    method: 'PUT',
    url: '/v1/devices/:id/uploads/:upload/parts/:part',
    config: {auth: 'device'},
    bodyLimit: PART_BYTES_MAX,
    schema: {
      summary: 'Rows of a device, and of those that it carries; answered once they are on disk',
      params: partParams.extend({upload: z.string()}),
      body: partSchema,
      response: {200: answerSchema},
    },
    async handler(request) {
      const {id, upload, part} = request.params;
      const {origin, tenant} = await callerIn(request, id);
      return await uploads.take(origin, {tenant, id: upload, part}, request.body.rows);
    },
  });
  server.route({
    method: 'POST',
    url: '/v1/devices/:id/uploads/:upload/finish',
    config: {auth: 'device'},
    schema: {
      summary: 'Everything was sent',
      params: idParams.extend({upload: z.string()}),
      response: {200: uploadSchema},
    },
    async handler(request) {
      const {origin, tenant} = await callerIn(request, request.params.id);
      return await uploads.finish(origin, tenant, request.params.upload);
    },
  });
}
