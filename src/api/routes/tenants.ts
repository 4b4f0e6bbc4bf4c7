import {z} from 'zod';
import {callerOf, originOf} from '../access.js';
import {
  createdTokenSchema,
  quotasSchema,
  roleSchema,
  tenantSchema,
  usageSchema,
  wantedQuotasSchema,
} from '../people-schemas.js';
import type {ApiPorts} from '../ports.js';
import {idParams, queryFlag} from '../schemas.js';
import type {Server} from '../server.js';

const reasonSchema = z.string().min(1).max(500);
const MINUTES_MAX = 240;

export function tenantRoutes(server: Server, {admin: {tenants}}: ApiPorts): void {
  server.route({
    method: 'GET',
    url: '/v1/tenants',
    config: {permission: 'tenant:read'},
    schema: {summary: 'List tenants', response: {200: z.object({items: z.array(tenantSchema)})}},
    handler: async () => ({items: await tenants.list()}),
  });

  server.route({
    method: 'POST',
    url: '/v1/tenants',
    config: {permission: 'tenant:create'},
    schema: {
      summary: 'Create a tenant; with `admin`, also a token of that name which may do everything in it',
      body: z.strictObject({
        id: z.string(),
        quotas: wantedQuotasSchema.default({}),
        admin: z.string().optional(),
      }),
      response: {201: z.object({tenant: tenantSchema, token: createdTokenSchema.nullable()})},
    },
    handler: async (request, reply) =>
      reply.status(201).send(await tenants.create(originOf(request), request.body)),
  });

  server.route({
    method: 'GET',
    url: '/v1/tenants/:id',
    config: {permission: 'tenant:read'},
    schema: {summary: 'Show a tenant', params: idParams, response: {200: tenantSchema}},
    handler: async request => await tenants.get(request.params.id),
  });

  server.route({
    method: 'POST',
    url: '/v1/tenants/:id/suspend',
    config: {permission: 'tenant:update'},
    schema: {
      summary: 'Suspend a tenant: its connections end, its requests are refused with the reason',
      params: idParams,
      body: z.strictObject({reason: reasonSchema}),
      response: {200: tenantSchema},
    },
    handler: async request =>
      await tenants.suspend(originOf(request), request.params.id, request.body.reason),
  });

  server.route({
    method: 'POST',
    url: '/v1/tenants/:id/resume',
    config: {permission: 'tenant:update'},
    schema: {summary: 'Let a suspended tenant go on', params: idParams, response: {200: tenantSchema}},
    handler: async request => await tenants.resume(originOf(request), request.params.id),
  });

  server.route({
    method: 'PUT',
    url: '/v1/tenants/:id/quotas',
    config: {permission: 'tenant:update'},
    schema: {
      summary: 'Set what a tenant may use; null is no limit, what is not named stays',
      params: idParams,
      body: wantedQuotasSchema,
      response: {200: tenantSchema},
    },
    handler: async request => await tenants.setQuotas(originOf(request), request.params.id, request.body),
  });

  server.route({
    method: 'DELETE',
    url: '/v1/tenants/:id',
    config: {permission: 'tenant:delete'},
    schema: {
      summary: 'Delete a suspended tenant and everything of it but its audit log',
      params: idParams,
      querystring: z.strictObject({force: queryFlag.default(false)}),
      response: {204: z.null()},
    },
    async handler(request, reply) {
      await tenants.remove(originOf(request), request.params.id, request.query);
      return reply.status(204).send(null);
    },
  });

  server.route({
    method: 'POST',
    url: '/v1/tenants/:id/break-glass',
    config: {permission: 'tenant:enter'},
    schema: {
      summary: 'A token in someone else’s tenant, for a reason and a while; both audit logs tell of it',
      params: idParams,
      body: z.strictObject({
        reason: reasonSchema,
        minutes: z.number().int().min(1).max(MINUTES_MAX).default(30),
        role: roleSchema.default('auditor'),
      }),
      response: {201: createdTokenSchema},
    },
    handler: async (request, reply) =>
      reply.status(201).send(await tenants.enter(originOf(request), request.params.id, request.body)),
  });

  server.route({
    method: 'GET',
    url: '/v1/quotas',
    config: {permission: 'quota:read'},
    schema: {
      summary: 'What this tenant may use, and what it uses',
      response: {200: z.object({quotas: quotasSchema, usage: usageSchema})},
    },
    handler: async request => await tenants.quotas(callerOf(request).tenant),
  });
}
