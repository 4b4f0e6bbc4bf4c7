/** Measurements that come later, many at once. A part that is sent again changes nothing. */
import type {FastifyContextConfig, FastifyRequest} from 'fastify';
import {z} from 'zod';
import type {Origin} from '../../admin/origin.js';
import {UPLOAD_ROWS_MAX, UPLOAD_TARGETS} from '../../domain/upload.js';
import {callerOf, originOf} from '../access.js';
import {deviceSender} from '../device-login.js';
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
const numberOfPart = queryNumber(0, Number.MAX_SAFE_INTEGER);
const deviceUploadParams = idParams.extend({upload: z.string()});

/** A way to one upload: of whoever has a token that allows it, or of a device. */
interface UploadAccess {
  readonly url: string;
  readonly params: typeof idParams;
  /** What the summary of a route adds. */
  readonly note: string;
  readonly config: FastifyContextConfig;
  /** Which upload a request is about, and who sends it. */
  find(request: FastifyRequest): Promise<{origin: Origin; tenant: string; id: string}>;
}

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
  sendingRoutes(server, ports, {
    url: '/v1/uploads/:id',
    params: idParams,
    note: '',
    config: {permission: 'event:write'},
    async find(request) {
      const {id} = request.params as z.output<typeof idParams>;
      return {origin: originOf(request), tenant: callerOf(request).tenant, id};
    },
  });
}

/** A device uploads with its own credential: for itself, and for those that it carries. */
export function deviceUploadRoutes(server: Server, ports: ApiPorts): void {
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
      const {origin, tenant} = await deviceSender(ports, request, request.params.id);
      const {upload, created} = await ports.admin.uploads.begin(origin, tenant, request.body);
      return reply.status(created ? 201 : 200).send(upload);
    },
  });
  sendingRoutes(server, ports, {
    url: '/v1/devices/:id/uploads/:upload',
    params: deviceUploadParams,
    note: ', of a device and those that it carries',
    config: {auth: 'device'},
    async find(request) {
      const {id, upload} = request.params as z.output<typeof deviceUploadParams>;
      const {origin, tenant} = await deviceSender(ports, request, id);
      return {origin, tenant, id: upload};
    },
  });
}

/** What follows after its beginning: parts, and the end. */
function sendingRoutes(server: Server, {admin: {uploads}}: ApiPorts, access: UploadAccess): void {
  server.route({
    method: 'PUT',
    url: `${access.url}/parts/:part`,
    config: access.config,
    bodyLimit: PART_BYTES_MAX,
    schema: {
      summary: `Up to ${UPLOAD_ROWS_MAX} rows${access.note}; answered once they are on disk`,
      params: access.params.extend({part: numberOfPart}),
      body: partSchema,
      response: {200: answerSchema},
    },
    async handler(request) {
      const {origin, tenant, id} = await access.find(request);
      return await uploads.take(origin, {tenant, id, part: request.params.part}, request.body.rows);
    },
  });
  server.route({
    method: 'POST',
    url: `${access.url}/finish`,
    config: access.config,
    schema: {summary: 'Everything was sent', params: access.params, response: {200: uploadSchema}},
    async handler(request) {
      const {origin, tenant, id} = await access.find(request);
      return await uploads.finish(origin, tenant, id);
    },
  });
}
