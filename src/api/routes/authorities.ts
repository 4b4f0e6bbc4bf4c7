import {z} from 'zod';
import type {AuthorityView} from '../../admin/certificate-admin.js';
import {callerOf, originOf} from '../access.js';
import type {ApiPorts} from '../ports.js';
import {idParams} from '../schemas.js';
import type {Server} from '../server.js';

const pemSchema = z
  .string()
  .min(1)
  .max(32 * 1024);

const authoritySchema = z.object({
  id: z.string(),
  kind: z.enum(['issuing', 'customer']),
  state: z.enum(['active', 'pending']),
  subject: z.string(),
  fingerprint: z.string(),
  notAfter: z.string(),
  /** What the proof of a pending one has to be named. */
  code: z.string().nullable(),
  certificate: z.string(),
}) satisfies z.ZodType<AuthorityView>;

export function authorityRoutes(server: Server, {admin: {certificates}}: ApiPorts): void {
  server.route({
    method: 'GET',
    url: '/v1/authorities',
    config: {permission: 'authority:read'},
    schema: {
      summary: 'Whose certificates this tenant’s devices may have',
      response: {200: z.object({items: z.array(authoritySchema)})},
    },
    handler: async request => ({items: await certificates.list(callerOf(request).tenant)}),
  });

  server.route({
    method: 'POST',
    url: '/v1/authorities',
    config: {permission: 'authority:create'},
    schema: {
      summary: 'Register an authority of one’s own; it counts once the possession of its key is proved',
      body: z.strictObject({certificate: pemSchema}),
      response: {201: authoritySchema},
    },
    handler: async (request, reply) =>
      reply
        .status(201)
        .send(
          await certificates.register(originOf(request), callerOf(request).tenant, request.body.certificate),
        ),
  });

  server.route({
    method: 'POST',
    url: '/v1/authorities/:id/verify',
    config: {permission: 'authority:create'},
    schema: {
      summary: 'Prove the possession of an authority’s key: a certificate named as the code, signed by it',
      params: idParams,
      body: z.strictObject({proof: pemSchema}),
      response: {200: authoritySchema},
    },
    handler: async request =>
      await certificates.prove(
        originOf(request),
        callerOf(request).tenant,
        request.params.id,
        request.body.proof,
      ),
  });

  server.route({
    method: 'DELETE',
    url: '/v1/authorities/:id',
    config: {permission: 'authority:delete'},
    schema: {
      summary: 'Forget an authority: what it signed stops working',
      params: idParams,
      response: {204: z.null()},
    },
    async handler(request, reply) {
      await certificates.remove(originOf(request), callerOf(request).tenant, request.params.id);
      return reply.status(204).send(null);
    },
  });

  server.route({
    method: 'GET',
    url: '/v1/authorities/crl',
    config: {permission: 'authority:read'},
    schema: {
      summary: 'The tenant’s revoked certificates (RFC 5280, 5), in PEM',
      response: {200: {description: 'PEM', content: {'application/x-pem-file': {schema: z.string()}}}},
    },
    handler: async (request, reply) =>
      reply.type('application/x-pem-file').send(await certificates.revocationList(callerOf(request).tenant)),
  });
}
