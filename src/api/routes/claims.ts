import type {FastifyRequest} from 'fastify';
import {z} from 'zod';
import {decideOnDevice} from '../../domain/access.js';
import {
  CLAIM_STATES,
  CLAIM_TTL_SEC_DEFAULT,
  CLAIM_TTL_SEC_MAX,
  CLAIM_TTL_SEC_MIN,
  type Claim,
  SERIAL_CHARACTERS_MAX,
} from '../../domain/claim.js';
import {IotctlError} from '../../domain/errors.js';
import {isDeviceId} from '../../domain/ids.js';
import {callerOf, originOf, permissionOf, scopeOf} from '../access.js';
import {claimUri} from '../device-doors.js';
import type {ApiPorts} from '../ports.js';
import {idParams, labelsSchema, queryNumber} from '../schemas.js';
import type {Server} from '../server.js';

const claimSchema = z.object({
  id: z.string(),
  device: z.string().nullable(),
  model: z.string().nullable(),
  labels: z.record(z.string(), z.string()),
  serial: z.string().nullable(),
  approval: z.boolean(),
  state: z.enum(CLAIM_STATES),
  createdAt: z.string(),
  createdBy: z.string(),
  expiresAt: z.string(),
  decidedBy: z.string().nullable(),
  redeemedAt: z.string().nullable(),
  redeemedFrom: z.string().nullable(),
}) satisfies z.ZodType<Claim>;

const wantedSchema = z.strictObject({
  model: z.string().min(1).max(64).optional(),
  device: z.string().refine(isDeviceId, 'not a device id').optional(),
  serial: z.string().min(1).max(SERIAL_CHARACTERS_MAX).optional(),
  labels: labelsSchema.optional(),
  ttlSec: z.number().int().min(CLAIM_TTL_SEC_MIN).max(CLAIM_TTL_SEC_MAX).default(CLAIM_TTL_SEC_DEFAULT),
  approval: z.boolean().default(false),
});

export function claimRoutes(server: Server, ports: ApiPorts): void {
  const {claims} = ports.admin;
  server.route({
    method: 'POST',
    url: '/v1/claims',
    config: {permission: 'claim:create'},
    schema: {
      summary:
        'A code with which one device gets its first credential, once; the code is in this answer only',
      body: wantedSchema,
      response: {201: claimSchema.extend({code: z.string(), uri: z.string()})},
    },
    async handler(request, reply) {
      const {tenant} = callerOf(request);
      const {claim, code} = await claims.create(originOf(request), tenant, request.body);
      return reply.status(201).send({...claim, code, uri: claimUri(ports, request, {tenant, code})});
    },
  });

  server.route({
    method: 'GET',
    url: '/v1/claims',
    config: {permission: 'claim:read'},
    schema: {
      summary: 'List the claims that the caller may see, the newest first',
      querystring: z.strictObject({limit: queryNumber(1, 500).default(50), cursor: z.string().optional()}),
      response: {200: z.object({items: z.array(claimSchema), nextCursor: z.string().nullable()})},
    },
    handler: async request =>
      await claims.list(callerOf(request).tenant, {...request.query, scope: scopeOf(request)}),
  });

  server.route({
    method: 'GET',
    url: '/v1/claims/:id',
    config: {permission: 'claim:read'},
    schema: {summary: 'Show a claim; never its code', params: idParams, response: {200: claimSchema}},
    async handler(request) {
      await requireClaim(ports, request, request.params.id);
      return await claims.get(callerOf(request).tenant, request.params.id);
    },
  });

  for (const {verb, permission, summary} of STEPS)
    server.route({
      method: 'POST',
      url: `/v1/claims/:id/${verb}`,
      config: {permission},
      schema: {summary, params: idParams, response: {200: claimSchema}},
      async handler(request) {
        const {id} = request.params;
        await requireClaim(ports, request, id);
        return await claims[verb](originOf(request), callerOf(request).tenant, id);
      },
    });
}

const STEPS = [
  {verb: 'withdraw', permission: 'claim:withdraw', summary: 'Take a claim back: its code stops working'},
  {
    verb: 'approve',
    permission: 'claim:approve',
    summary: 'Agree, as a second person, to the device that presented the code',
  },
  {
    verb: 'deny',
    permission: 'claim:approve',
    summary: 'Refuse the device that presented the code, and end the claim',
  },
] as const;

/** One for what the caller may not choose answers exactly as one that is not there. */
async function requireClaim({admin}: ApiPorts, request: FastifyRequest, id: string): Promise<void> {
  const {tenant, access} = callerOf(request);
  const facts = await admin.claims.facts(tenant, id);
  if (decideOnDevice(access, permissionOf(request), facts).allowed) return;
  throw new IotctlError('IOT_CLAIM_UNKNOWN', `no claim ${JSON.stringify(id.slice(0, 80))} in this tenant`);
}
