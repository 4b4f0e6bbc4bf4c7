/** Files that are no events. They come in pieces, and leave as a whole or in ranges (RFC 9110, 14). */
import type {FastifyReply, FastifyRequest} from 'fastify';
import {z} from 'zod';
import {fromDevice, type Origin} from '../../admin/origin.js';
import {decideOnDevice} from '../../domain/access.js';
import {IotctlError} from '../../domain/errors.js';
import {FILE_BYTES_MAX, FILE_PIECE_BYTES, type StoredFile} from '../../domain/file.js';
import {callerOf, originOf, permissionOf, requireDevice, scopeOf, visibleDevices} from '../access.js';
import {byteRangeOf} from '../byte-range.js';
import {deviceOf} from '../device-login.js';
import type {ApiPorts} from '../ports.js';
import {idParams, queryNumber} from '../schemas.js';
import type {Server} from '../server.js';

const BYTES = 'application/octet-stream';
const PAGE_MAX = 1000;

const fileSchema = z.object({
  id: z.string(),
  name: z.string(),
  device: z.string().nullable(),
  state: z.enum(['arriving', 'stored']),
  bytes: z.number(),
  receivedBytes: z.number(),
  digest: z.string().describe('SHA-256 in hexadecimal'),
  contentType: z.string(),
  createdAt: z.string(),
  createdBy: z.string(),
  storedAt: z.string().nullable(),
});
const wantedSchema = z.strictObject({
  name: z.string(),
  bytes: z.int().min(0).max(FILE_BYTES_MAX),
  digest: z.string().regex(/^[0-9a-f]{64}$/),
  contentType: z
    .string()
    .regex(/^[\w.+-]{1,60}\/[\w.+-]{1,60}$/)
    .default(BYTES),
});
const ofDeviceSchema = wantedSchema.extend({device: z.string().nullable().default(null)});
const listSchema = z.object({items: z.array(fileSchema), nextCursor: z.string().nullable()});
const pieceQuery = z.strictObject({at: queryNumber(0, FILE_BYTES_MAX)});
const pageQuery = z.strictObject({
  name: z.string().optional(),
  cursor: z.string().optional(),
  limit: queryNumber(1, PAGE_MAX).default(100),
});
const contentResponse = {200: {description: 'The file', content: {[BYTES]: {schema: z.string()}}}};

export function fileRoutes(server: Server, ports: ApiPorts): void {
  const {files} = ports.admin;
  server.route({
    method: 'POST',
    url: '/v1/files',
    config: {permission: 'file:write'},
    schema: {
      summary: 'Begin to send a file, or go on with one of the same name and digest',
      body: ofDeviceSchema,
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
      querystring: pageQuery.extend({device: z.string().optional()}),
      response: {200: listSchema},
    },
    async handler(request) {
      const devices = await visibleDevices(ports, request);
      const choice = {...request.query, ...(devices ? {devices} : {})};
      return await files.list(callerOf(request).tenant, choice);
    },
  });
  server.route({
    method: 'GET',
    url: '/v1/files/:id',
    config: {permission: 'file:read'},
    schema: {summary: 'What is known of a file', params: idParams, response: {200: fileSchema}},
    handler: async request => await fileOf(ports, request, request.params.id),
  });
  server.route({
    method: 'GET',
    url: '/v1/files/:id/content',
    exposeHeadRoute: false,
    config: {permission: 'file:read'},
    schema: {summary: 'The file, or a range of it', params: idParams, response: contentResponse},
    async handler(request, reply) {
      const file = await fileOf(ports, request, request.params.id);
      return sendContent(ports, {request, reply, file, tenant: callerOf(request).tenant});
    },
  });
  server.route({
    method: 'POST',
    url: '/v1/files/:id/seal',
    config: {permission: 'file:write'},
    schema: {
      summary: 'All of it was sent: it is checked against its digest',
      params: idParams,
      response: {200: fileSchema},
    },
    async handler(request) {
      const {id} = await fileOf(ports, request, request.params.id);
      return await files.seal(originOf(request), {tenant: callerOf(request).tenant, id});
    },
  });
  server.route({
    method: 'DELETE',
    url: '/v1/files/:id',
    config: {permission: 'file:delete'},
    schema: {summary: 'Delete a file', params: idParams, response: {204: z.undefined()}},
    async handler(request, reply) {
      const {id} = await fileOf(ports, request, request.params.id);
      await files.remove(originOf(request), callerOf(request).tenant, id);
      return reply.status(204).send();
    },
  });
  deviceFileRoutes(server, ports);
  pieceRoutes(server, ports);
}

/** Its own files, with its own credential. */
function deviceFileRoutes(server: Server, ports: ApiPorts): void {
  const {files} = ports.admin;
  server.route({
    method: 'POST',
    url: '/v1/devices/:id/files',
    config: {auth: 'device'},
    schema: {
      summary: 'Begin to send a file of a device, with its own credential (HTTP Basic)',
      params: idParams,
      body: wantedSchema,
      response: {200: fileSchema, 201: fileSchema},
    },
    async handler(request, reply) {
      const {origin, tenant, device} = await speakerOf(ports, request, request.params.id);
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
      querystring: pageQuery,
      response: {200: listSchema},
    },
    async handler(request) {
      const {tenant, device} = await speakerOf(ports, request, request.params.id);
      return await files.list(tenant, {...request.query, device});
    },
  });
  server.route({
    method: 'GET',
    url: '/v1/devices/:id/files/:file/content',
    exposeHeadRoute: false,
    config: {auth: 'device'},
    schema: {
      summary: 'A file of a device, or a range of it, with its own credential',
      params: idParams.extend({file: z.string()}),
      response: contentResponse,
    },
    async handler(request, reply) {
      const {tenant, file} = await ownFileOf(ports, request);
      return sendContent(ports, {request, reply, file, tenant});
    },
  });
  server.route({
    method: 'POST',
    url: '/v1/devices/:id/files/:file/seal',
    config: {auth: 'device'},
    schema: {
      summary: 'All of it was sent: it is checked against its digest',
      params: idParams.extend({file: z.string()}),
      response: {200: fileSchema},
    },
    async handler(request) {
      const {origin, tenant, file} = await ownFileOf(ports, request);
      return await files.seal(origin, {tenant, id: file.id});
    },
  });
}

/** Pieces are bytes, whatever they are called. */
function pieceRoutes(server: Server, ports: ApiPorts): void {
  server.register(async scope => {
    const {files} = ports.admin;
    scope.addHook('onRequest', async ({raw}) => {
      raw.headers['content-type'] = BYTES;
    });
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser(BYTES, {parseAs: 'buffer'}, (_request, body, done) => done(null, body));
    const about = {
      summary: 'Its next piece, up to 4 MiB; answered once it is on disk',
      consumes: [BYTES],
      body: z.unknown(),
      querystring: pieceQuery,
      response: {200: fileSchema},
    };
    scope.route({
      method: 'PUT',
      url: '/v1/files/:id/content',
      config: {permission: 'file:write'},
      bodyLimit: FILE_PIECE_BYTES,
      schema: {...about, params: idParams},
      async handler(request) {
        const {id} = await fileOf(ports, request, (request.params as {id: string}).id);
        const {tenant} = callerOf(request);
        return await files.append(originOf(request), {tenant, id}, atOf(request), pieceOf(request));
      },
    });
    scope.route({
      method: 'PUT',
      url: '/v1/devices/:id/files/:file/content',
      config: {auth: 'device'},
      bodyLimit: FILE_PIECE_BYTES,
      schema: {...about, params: idParams.extend({file: z.string()})},
      async handler(request) {
        const {origin, tenant, file} = await ownFileOf(ports, request);
        return await files.append(origin, {tenant, id: file.id}, atOf(request), pieceOf(request));
      },
    });
  });
}

const atOf = (request: FastifyRequest): number => (request.query as {at: number}).at;
const pieceOf = ({body}: FastifyRequest): Buffer => (Buffer.isBuffer(body) ? body : Buffer.alloc(0));

/** May the caller have files there? Those of the tenant itself are for who is limited to no devices. */
async function requirePlace(ports: ApiPorts, request: FastifyRequest, device: string | null): Promise<void> {
  if (device !== null) await requireDevice(ports, request, device);
  else if (scopeOf(request) !== 'all')
    throw new IotctlError('IOT_FORBIDDEN', 'files of no device are for those who see all devices');
}

/** A file of a device that the caller may not see answers exactly as one that is not there. */
async function fileOf(ports: ApiPorts, request: FastifyRequest, id: string): Promise<StoredFile> {
  const {tenant, access} = callerOf(request);
  const file = await ports.admin.files.get(tenant, id);
  if (scopeOf(request) === 'all') return file;
  const facts = file.device === null ? undefined : await ports.deviceFacts(tenant, file.device);
  if (facts && decideOnDevice(access, permissionOf(request), facts).allowed) return file;
  throw new IotctlError('IOT_NOT_FOUND', `no file ${JSON.stringify(id.slice(0, 80))} in this tenant`);
}

async function speakerOf(
  ports: ApiPorts,
  request: FastifyRequest,
  id: string,
): Promise<{origin: Origin; tenant: string; device: string}> {
  const {tenant, device} = await deviceOf(ports, request, id);
  return {origin: {...originOf(request), ...fromDevice(device)}, tenant, device};
}

async function ownFileOf(
  ports: ApiPorts,
  request: FastifyRequest,
): Promise<{origin: Origin; tenant: string; file: StoredFile}> {
  const {id, file: wanted} = request.params as {id: string; file: string};
  const {origin, tenant, device} = await speakerOf(ports, request, id);
  const file = await ports.admin.files.get(tenant, wanted);
  if (file.device === device) return {origin, tenant, file};
  throw new IotctlError('IOT_NOT_FOUND', `no file ${JSON.stringify(wanted.slice(0, 80))} in this tenant`);
}

/** Never shown by a browser in the platform's own name: a file is whatever somebody sent. */
function sendContent(
  ports: ApiPorts,
  {
    request,
    reply,
    file,
    tenant,
  }: {request: FastifyRequest; reply: FastifyReply; file: StoredFile; tenant: string},
): FastifyReply {
  const range = byteRangeOf(request.headers.range, file.bytes);
  reply
    .type(file.contentType)
    .header('accept-ranges', 'bytes')
    .header('etag', `"${file.digest}"`)
    .header('content-security-policy', 'sandbox')
    .header('content-disposition', `attachment; filename*=UTF-8''${encodeURIComponent(file.name)}`);
  if (range === 'none') return reply.status(416).header('content-range', `bytes */${file.bytes}`).send();
  if (range) reply.status(206).header('content-range', `bytes ${range.start}-${range.end}/${file.bytes}`);
  const length = range ? range.end - range.start + 1 : file.bytes;
  return reply.header('content-length', length).send(ports.admin.files.read(file, tenant, range));
}
