import {z} from 'zod';
import {ROLE_TABLE, ROLES} from '../../domain/permission.js';
import {callerOf, originOf} from '../access.js';
import {bindingSchema, roleSchema, subjectSchema, wantedGrantSchema} from '../people-schemas.js';
import type {ApiPorts} from '../ports.js';
import {idParams} from '../schemas.js';
import type {Server} from '../server.js';

export function roleRoutes(server: Server, {admin: {roles}}: ApiPorts): void {
  server.route({
    method: 'GET',
    url: '/v1/roles',
    config: {auth: 'caller'},
    schema: {
      summary: 'The roles there are, and what each may do',
      response: {
        200: z.object({
          items: z.array(z.object({name: roleSchema, summary: z.string(), permissions: z.array(z.string())})),
        }),
      },
    },
    handler: async () => ({
      items: ROLES.map(name => ({
        name,
        summary: ROLE_TABLE[name].summary,
        permissions: [...ROLE_TABLE[name].permissions],
      })),
    }),
  });

  server.route({
    method: 'GET',
    url: '/v1/bindings',
    config: {permission: 'binding:read'},
    schema: {
      summary: 'Who has which role',
      querystring: z.strictObject({subject: subjectSchema.optional()}),
      response: {200: z.object({items: z.array(bindingSchema)})},
    },
    handler: async request => ({items: await roles.list(callerOf(request).tenant, request.query.subject)}),
  });

  server.route({
    method: 'POST',
    url: '/v1/bindings',
    config: {permission: 'binding:create'},
    schema: {
      summary: 'Give someone a role, in the tenant or in what a selector chooses of it',
      body: z.strictObject({subject: subjectSchema, role: roleSchema, selector: z.string().nullish()}),
      response: {201: bindingSchema},
    },
    async handler(request, reply) {
      const {subject, ...wanted} = request.body;
      const grant = wantedGrantSchema.parse(wanted);
      const binding = await roles.grant(originOf(request), callerOf(request).tenant, {subject, ...grant});
      return reply.status(201).send(binding);
    },
  });

  server.route({
    method: 'DELETE',
    url: '/v1/bindings/:id',
    config: {permission: 'binding:delete'},
    schema: {summary: 'Take a role away', params: idParams, response: {204: z.null()}},
    async handler(request, reply) {
      await roles.revoke(originOf(request), callerOf(request).tenant, request.params.id);
      return reply.status(204).send(null);
    },
  });
}
