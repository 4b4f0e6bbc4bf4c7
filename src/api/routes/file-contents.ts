/** The bytes of a file: they come in pieces, and leave as a whole or in ranges (RFC 9110, 14). */
import type {FastifyReply, FastifyRequest} from 'fastify';
import {z} from 'zod';
import {FILE_BYTES_MAX, FILE_PIECE_BYTES, type StoredFile} from '../../domain/file.js';
import {byteRangeOf} from '../byte-range.js';
import type {FileAccess} from '../file-access.js';
import {BYTES, fileSchema} from '../file-schema.js';
import type {ApiPorts} from '../ports.js';
import {queryNumber} from '../schemas.js';
import type {Server} from '../server.js';

const pieceQuery = z.strictObject({at: queryNumber(0, FILE_BYTES_MAX)});
const contentResponse = {200: {description: 'The file', content: {[BYTES]: {schema: z.string()}}}};

export function fileContentRoutes(server: Server, ports: ApiPorts, access: FileAccess): void {
  readRoute(server, ports, access);
  pieceRoute(server, ports, access);
  server.route({
    method: 'POST',
    url: `${access.url}/seal`,
    config: access.config('file:write'),
    schema: {
      summary: `All of it was sent: it is checked against its digest${access.note}`,
      params: access.params,
      response: {200: fileSchema},
    },
    async handler(request) {
      const {origin, tenant, file} = await access.find(request);
      return await ports.admin.files.seal(origin, {tenant, id: file.id});
    },
  });
}

function readRoute(server: Server, ports: ApiPorts, access: FileAccess): void {
  server.route({
    method: 'GET',
    url: `${access.url}/content`,
    exposeHeadRoute: false,
    config: access.config('file:read'),
    schema: {
      summary: `The file, or a range of it${access.note}`,
      params: access.params,
      response: contentResponse,
    },
    async handler(request, reply) {
      const {tenant, file} = await access.find(request);
      return sendContent(ports, {request, reply, file, tenant});
    },
  });
}

/** Pieces are bytes, whatever they are called. */
function pieceRoute(server: Server, ports: ApiPorts, access: FileAccess): void {
  server.register(async (scope: Server) => {
    scope.addHook('onRequest', async ({raw}) => {
      raw.headers['content-type'] = BYTES;
    });
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser(BYTES, {parseAs: 'buffer'}, (_request, body, done) => done(null, body));
    scope.route({
      method: 'PUT',
      url: `${access.url}/content`,
      config: access.config('file:write'),
      bodyLimit: FILE_PIECE_BYTES,
      schema: {
        summary: `Its next piece, up to 4 MiB; answered once it is on disk${access.note}`,
        consumes: [BYTES],
        params: access.params,
        body: z.unknown(),
        querystring: pieceQuery,
        response: {200: fileSchema},
      },
      async handler(request) {
        const {origin, tenant, file} = await access.find(request);
        const piece = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
        return await ports.admin.files.append(origin, {tenant, id: file.id}, request.query.at, piece);
      },
    });
  });
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
