import type {FastifyReply, FastifyRequest} from 'fastify';
import {z} from 'zod';
import {IotctlError} from '../../domain/errors.js';
import {TWIN_SECTIONS, TWIN_STATES, type Twin, type TwinSection} from '../../domain/twin.js';
import {callerOf, originOf, requireDevice} from '../access.js';
import type {ApiPorts} from '../ports.js';
import {idParams, jsonSchema} from '../schemas.js';
import type {Server} from '../server.js';

export const documentSchema = z.record(z.string(), jsonSchema);

const sectionFields = {
  version: z.number(),
  properties: documentSchema,
  metadata: documentSchema.describe('as deep as the properties, with $at, $by and $version for each value'),
};

const twinSchema = z.object({
  device: z.string(),
  tenant: z.string(),
  desired: z.object({
    ...sectionFields,
    own: documentSchema.describe('what operators set, without configurations'),
  }),
  reported: z.object(sectionFields),
  tags: z.object(sectionFields),
  delta: documentSchema.describe('every value of desired that the device does not report so'),
  state: z.enum(TWIN_STATES),
  stateSince: z.string().nullable(),
  acknowledged: z
    .object({
      version: z.number(),
      status: z.enum(['applied', 'rejected']),
      reason: z.string().nullable(),
      at: z.string(),
    })
    .nullable(),
}) satisfies z.ZodType<Twin>;

/** RFC 7396, 4. Plain JSON is taken too. */
const MERGE_PATCH = 'application/merge-patch+json';

/** More than the largest document, with all its white space. */
const BODY_BYTES_MAX = 256 * 1024;

export function twinRoutes(server: Server, ports: ApiPorts): void {
  server.addContentTypeParser(
    MERGE_PATCH,
    {parseAs: 'string'},
    server.getDefaultJsonParser('error', 'error'),
  );
  const {twins} = ports.admin;

  server.route({
    method: 'GET',
    url: '/v1/devices/:id/twin',
    config: {permission: 'twin:read'},
    schema: {
      summary: 'A device’s twin: desired, reported, tags, and what differs',
      params: idParams,
      response: {200: twinSchema},
    },
    async handler(request, reply) {
      const {id} = request.params;
      await requireDevice(ports, request, id);
      return replyWithTwin(reply, await twins.get({tenant: callerOf(request).tenant, id}));
    },
  });

  for (const section of TWIN_SECTIONS) {
    changeRoute(server, ports, {section, replace: false});
    changeRoute(server, ports, {section, replace: true});
  }
}

function changeRoute(
  server: Server,
  ports: ApiPorts,
  {section, replace}: {section: TwinSection; replace: boolean},
): void {
  server.route({
    method: replace ? 'PUT' : 'PATCH',
    url: `/v1/devices/:id/twin/${section}`,
    bodyLimit: BODY_BYTES_MAX,
    config: {permission: 'twin:update'},
    schema: {
      summary: replace
        ? `Replace a twin’s ${section} as a whole`
        : `Change a twin’s ${section} by a merge patch (RFC 7396); a null takes a property away`,
      consumes: replace ? ['application/json'] : [MERGE_PATCH, 'application/json'],
      params: idParams,
      body: documentSchema,
      response: {200: twinSchema},
    },
    async handler(request, reply) {
      const {id} = request.params;
      await requireDevice(ports, request, id);
      const wanted = {section, replace, document: request.body, ifVersion: ifVersionOf(request, section)};
      const of = {tenant: callerOf(request).tenant, id};
      return replyWithTwin(reply, await ports.admin.twins.change(originOf(request), of, wanted));
    },
  });
}

/** `"12.3.40"`: the versions of desired, tags and reported. */
function replyWithTwin(reply: FastifyReply, twin: Twin): Twin {
  reply.header('etag', `"${twin.desired.version}.${twin.tags.version}.${twin.reported.version}"`);
  return twin;
}

/**
 * The version of the section that is changed, from a twin's entity tag or alone: what the device reports meanwhile is
 * no conflict. Throws `IOT_REQUEST_INVALID`.
 */
function ifVersionOf({headers}: FastifyRequest, section: TwinSection): number | undefined {
  const header = headers['if-match'];
  if (header === undefined || header === '*') return undefined;
  const [, alone, desired, tags] = /^"(?:(\d{1,15})|(\d{1,15})\.(\d{1,15})\.\d{1,15})"$/.exec(header) ?? [];
  const version = alone ?? (section === 'desired' ? desired : tags);
  if (version === undefined)
    throw new IotctlError(
      'IOT_REQUEST_INVALID',
      `If-Match is neither a version in quotes nor a twin’s ETag: ${header.slice(0, 80)}`,
    );
  return Number(version);
}
