import {z} from 'zod';
import type {IssuedCredential} from '../../admin/credential-admin.js';
import {CREDENTIAL_KINDS, type CredentialView} from '../../domain/credential.js';
import {callerOf, originOf, requireDevice} from '../access.js';
import {deviceOf} from '../device-login.js';
import type {ApiPorts} from '../ports.js';
import {idParams} from '../schemas.js';
import type {Server} from '../server.js';

const GRACE_MS_DEFAULT = 86_400_000;
const GRACE_MS_MAX = 90 * 86_400_000;

const credentialSchema = z.object({
  id: z.string(),
  device: z.string(),
  kind: z.enum(CREDENTIAL_KINDS),
  notBefore: z.string().nullable(),
  notAfter: z.string().nullable(),
  createdAt: z.string(),
  createdBy: z.string().nullable(),
  lastUsedAt: z.string().nullable(),
  lastUsedFrom: z.string().nullable(),
  serial: z.string().nullable(),
}) satisfies z.ZodType<CredentialView>;

const issuedSchema = z.object({
  credential: credentialSchema,
  username: z.string(),
  secret: z.string().optional(),
  key: z.string().optional(),
  keyId: z.string().optional(),
  certificate: z.string().optional(),
  chain: z.string().optional(),
}) satisfies z.ZodType<IssuedCredential>;

const requestSchema = z.strictObject({
  kind: z.enum(CREDENTIAL_KINDS).default('secret'),
  notBefore: z.iso.datetime({offset: true}).optional(),
  notAfter: z.iso.datetime({offset: true}).optional(),
  password: z.string().max(256).optional(),
  csr: z
    .string()
    .max(16 * 1024)
    .optional(),
  certificateDays: z.number().int().min(1).max(397).optional(),
});

export function credentialRoutes(server: Server, ports: ApiPorts): void {
  const {credentials, certificates} = ports.admin;
  server.route({
    method: 'GET',
    url: '/v1/devices/:id/credentials',
    config: {permission: 'credential:read'},
    schema: {
      summary: 'What a device proves itself with; never the secrets',
      params: idParams,
      response: {200: z.object({items: z.array(credentialSchema)})},
    },
    async handler(request) {
      const {id} = request.params;
      await requireDevice(ports, request, id);
      return {items: await credentials.list({tenant: callerOf(request).tenant, device: id})};
    },
  });

  server.route({
    method: 'POST',
    url: '/v1/devices/:id/credentials',
    config: {permission: 'credential:issue'},
    schema: {
      summary: 'Give a device another credential; what is secret in it is in this answer only',
      params: idParams,
      body: requestSchema,
      response: {201: issuedSchema},
    },
    async handler(request, reply) {
      const {id} = request.params;
      await requireDevice(ports, request, id);
      const of = {tenant: callerOf(request).tenant, device: id};
      return reply.status(201).send(await credentials.issue(originOf(request), of, wantedOf(request.body)));
    },
  });

  server.route({
    method: 'DELETE',
    url: '/v1/devices/:id/credentials/:credential',
    config: {permission: 'credential:revoke'},
    schema: {
      summary: 'Revoke a credential: what was let in with it is cut off',
      params: z.object({id: z.string(), credential: z.string()}),
      response: {204: z.null()},
    },
    async handler(request, reply) {
      const {id, credential} = request.params;
      await requireDevice(ports, request, id);
      await credentials.revoke(originOf(request), {tenant: callerOf(request).tenant, device: id}, credential);
      return reply.status(204).send(null);
    },
  });

  server.route({
    method: 'POST',
    url: '/v1/devices/:id/rotate',
    config: {permission: 'credential:issue'},
    schema: {
      summary: 'Another credential of that kind; those that there are work on until the grace is over',
      params: idParams,
      body: requestSchema.extend({
        graceMs: z.number().int().min(0).max(GRACE_MS_MAX).default(GRACE_MS_DEFAULT),
      }),
      response: {201: issuedSchema.extend({replaced: z.array(credentialSchema)})},
    },
    async handler(request, reply) {
      const {id} = request.params;
      await requireDevice(ports, request, id);
      const {graceMs, ...body} = request.body;
      const of = {tenant: callerOf(request).tenant, device: id};
      const rotated = await credentials.rotate(originOf(request), of, {...wantedOf(body), graceMs});
      return reply.status(201).send(rotated);
    },
  });

  server.route({
    method: 'POST',
    url: '/v1/devices/:id/certificate/renew',
    config: {auth: 'device'},
    schema: {
      summary:
        'A device renews its certificate: it proves itself with the one that it has, or with its secret',
      params: idParams,
      body: z.strictObject({csr: z.string().max(16 * 1024)}),
      response: {201: z.object({certificate: z.string(), chain: z.string(), notAfter: z.string()})},
    },
    async handler(request, reply) {
      const of = await deviceOf(ports, request, request.params.id);
      return reply.status(201).send(await certificates.renew(originOf(request), of, request.body.csr));
    },
  });
}

const wantedOf = ({notBefore, notAfter, ...wanted}: z.output<typeof requestSchema>) => ({
  ...wanted,
  ...(notBefore === undefined ? {} : {notBeforeMs: Date.parse(notBefore)}),
  ...(notAfter === undefined ? {} : {notAfterMs: Date.parse(notAfter)}),
});
