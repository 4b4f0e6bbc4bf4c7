import {z} from 'zod';
import {
  ENROLMENT_APPROVALS,
  ENROLMENT_KINDS,
  ENROLMENT_REQUEST_STATES,
  type EnrolmentGroup,
  type EnrolmentRequest,
  REPROVISION_POLICIES,
} from '../../domain/enrolment.js';
import {callerOf, originOf} from '../access.js';
import type {ApiPorts} from '../ports.js';
import {labelsSchema, queryNumber} from '../schemas.js';
import type {Server} from '../server.js';

const groupSchema = z.object({
  name: z.string(),
  kind: z.enum(ENROLMENT_KINDS),
  authority: z.string().nullable(),
  model: z.string().nullable(),
  labels: z.record(z.string(), z.string()),
  approval: z.enum(ENROLMENT_APPROVALS),
  webhook: z.string().nullable(),
  allowPrivate: z.boolean(),
  reprovision: z.enum(REPROVISION_POLICIES),
  state: z.enum(['enabled', 'disabled']),
  createdAt: z.string(),
  createdBy: z.string(),
  registered: z.number(),
  waiting: z.number(),
}) satisfies z.ZodType<EnrolmentGroup>;

const requestSchema = z.object({
  group: z.string(),
  registrationId: z.string(),
  state: z.enum(ENROLMENT_REQUEST_STATES),
  requestedAt: z.string().nullable(),
  requestedFrom: z.string().nullable(),
  decidedBy: z.string().nullable(),
  reason: z.string().nullable(),
  registeredAt: z.string().nullable(),
}) satisfies z.ZodType<EnrolmentRequest>;

const wantedSchema = z.strictObject({
  name: z.string(),
  /** Without it the group has a key. */
  authority: z.string().optional(),
  model: z.string().min(1).max(64).optional(),
  labels: labelsSchema.default({}),
  approval: z.enum(ENROLMENT_APPROVALS).default('none'),
  webhook: z.string().max(2048).optional(),
  allowPrivate: z.boolean().default(false),
  reprovision: z.enum(REPROVISION_POLICIES).default('keep-twin'),
});

const nameParams = z.object({name: z.string()});
const requestParams = z.object({group: z.string(), id: z.string()});

export function enrolmentRoutes(server: Server, ports: ApiPorts): void {
  groupRoutes(server, ports);
  requestRoutes(server, ports);
}

function groupRoutes(server: Server, {admin: {enrolment}}: ApiPorts): void {
  server.route({
    method: 'GET',
    url: '/v1/enrolment-groups',
    config: {permission: 'enrolment:read'},
    schema: {summary: 'List enrolment groups', response: {200: z.object({items: z.array(groupSchema)})}},
    handler: async request => ({items: await enrolment.groups(callerOf(request).tenant)}),
  });

  server.route({
    method: 'POST',
    url: '/v1/enrolment-groups',
    config: {permission: 'enrolment:create'},
    schema: {
      summary: 'Make an enrolment group; its key, and that of its webhook, are in this answer only',
      body: wantedSchema,
      response: {201: groupSchema.extend({key: z.string().optional(), webhookKey: z.string().optional()})},
    },
    async handler(request, reply) {
      const {authority = null, model = null, webhook = null, ...rest} = request.body;
      const kind = authority === null ? 'key' : 'ca';
      const wanted = {...rest, kind, authority, model, webhook} as const;
      const {group, ...keys} = await enrolment.create(originOf(request), callerOf(request).tenant, wanted);
      return reply.status(201).send({...group, ...keys});
    },
  });

  server.route({
    method: 'GET',
    url: '/v1/enrolment-groups/:name',
    config: {permission: 'enrolment:read'},
    schema: {summary: 'Show an enrolment group', params: nameParams, response: {200: groupSchema}},
    handler: async request => await enrolment.group(callerOf(request).tenant, request.params.name),
  });

  for (const [verb, state] of [
    ['enable', 'enabled'],
    ['disable', 'disabled'],
  ] as const)
    server.route({
      method: 'POST',
      url: `/v1/enrolment-groups/:name/${verb}`,
      config: {permission: 'enrolment:update'},
      schema: {
        summary:
          verb === 'enable'
            ? 'Let devices register through a group again'
            : 'Let no device register through a group; those that did go on working',
        params: nameParams,
        response: {200: groupSchema},
      },
      handler: async request =>
        await enrolment.setState(originOf(request), callerOf(request).tenant, request.params.name, state),
    });

  server.route({
    method: 'DELETE',
    url: '/v1/enrolment-groups/:name',
    config: {permission: 'enrolment:delete'},
    schema: {
      summary: 'Delete an enrolment group, its key, and what came through it; its devices stay',
      params: nameParams,
      response: {204: z.null()},
    },
    async handler(request, reply) {
      await enrolment.remove(originOf(request), callerOf(request).tenant, request.params.name);
      return reply.status(204).send(null);
    },
  });
}

function requestRoutes(server: Server, {admin: {enrolment}}: ApiPorts): void {
  server.route({
    method: 'GET',
    url: '/v1/enrolment-requests',
    config: {permission: 'enrolment:read'},
    schema: {
      summary: 'Who came through enrolment groups, and what became of them, by registration id',
      querystring: z.strictObject({
        limit: queryNumber(1, 500).default(50),
        cursor: z.string().optional(),
        group: z.string().optional(),
        state: z.enum(ENROLMENT_REQUEST_STATES).optional(),
      }),
      response: {200: z.object({items: z.array(requestSchema), nextCursor: z.string().nullable()})},
    },
    handler: async request => await enrolment.requests(callerOf(request).tenant, request.query),
  });

  server.route({
    method: 'POST',
    url: '/v1/enrolment-requests/:group/:id/approve',
    config: {permission: 'enrolment:approve'},
    schema: {
      summary: 'Let a device in that waits, or was denied; it gets its credential when it asks again',
      params: requestParams,
      response: {200: requestSchema},
    },
    async handler(request) {
      const {group, id: registrationId} = request.params;
      const {tenant} = callerOf(request);
      return await enrolment.approve(originOf(request), {tenant, group, registrationId});
    },
  });

  server.route({
    method: 'POST',
    url: '/v1/enrolment-requests/:group/:id/deny',
    config: {permission: 'enrolment:approve'},
    schema: {
      summary: 'Never let a device register, through any group, also one that has not asked yet',
      params: requestParams,
      body: z.strictObject({reason: z.string().trim().min(1).max(500).optional()}).nullish(),
      response: {200: requestSchema},
    },
    async handler(request) {
      const {group, id: registrationId} = request.params;
      const {tenant} = callerOf(request);
      return await enrolment.deny(originOf(request), {tenant, group, registrationId}, request.body?.reason);
    },
  });
}
