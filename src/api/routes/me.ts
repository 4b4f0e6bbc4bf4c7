import {z} from 'zod';
import {type Decision, decide, decideOnDevice} from '../../domain/access.js';
import {isDevicePermission, PERMISSIONS} from '../../domain/permission.js';
import {callerOf, originOf} from '../access.js';
import {createdTokenSchema, grantSchema} from '../people-schemas.js';
import type {ApiPorts} from '../ports.js';
import type {Server} from '../server.js';

const NOT_VISIBLE: Decision = {allowed: false, reason: 'no such device, or none that this caller may see'};

export function meRoutes(server: Server, ports: ApiPorts): void {
  const {users} = ports.admin;
  server.route({
    method: 'POST',
    url: '/v1/login',
    config: {auth: 'none'},
    schema: {
      summary: 'A user’s name and password for a token that ends after twelve hours',
      body: z.strictObject({
        tenant: z.string().max(63),
        user: z.string().max(64),
        password: z.string().max(256),
      }),
      response: {201: createdTokenSchema},
    },
    handler: async (request, reply) =>
      reply.status(201).send(await users.login(originOf(request), request.body)),
  });

  server.route({
    method: 'POST',
    url: '/v1/logout',
    config: {auth: 'caller'},
    schema: {summary: 'End the session that this token is of: it stops working', response: {204: z.null()}},
    async handler(request, reply) {
      await users.logout(originOf(request), callerOf(request));
      return reply.status(204).send(null);
    },
  });

  server.route({
    method: 'GET',
    url: '/v1/me',
    config: {auth: 'caller'},
    schema: {
      summary: 'Who this token is, and what it may do',
      response: {
        200: z.object({
          tenant: z.string(),
          subject: z.string(),
          token: z.string(),
          tokenExpiresAt: z.string().nullable(),
          user: z.string().nullable(),
          roles: z.array(grantSchema),
          scopes: z.array(z.string()).nullable(),
          permissions: z.array(z.string()),
        }),
      },
    },
    async handler(request) {
      const {tenant, subject, token, expiresMs, access} = callerOf(request);
      return {
        tenant,
        subject,
        token,
        tokenExpiresAt: expiresMs === null ? null : new Date(expiresMs).toISOString(),
        user: subject.startsWith('user:') ? subject.slice('user:'.length) : null,
        roles: [...access.grants],
        scopes: access.scopes && [...access.scopes],
        permissions: PERMISSIONS.filter(permission => decide(access, permission).allowed),
      };
    },
  });

  server.route({
    method: 'POST',
    url: '/v1/me/password',
    config: {auth: 'caller'},
    schema: {
      summary: 'Change one’s own password',
      body: z.strictObject({old: z.string().max(256), new: z.string().max(256)}),
      response: {204: z.null()},
    },
    async handler(request, reply) {
      const {old, new: next} = request.body;
      await users.changePassword(originOf(request), {old, next});
      return reply.status(204).send(null);
    },
  });

  server.route({
    method: 'GET',
    url: '/v1/auth/can-i',
    config: {auth: 'caller'},
    schema: {
      summary: 'May this token do that?',
      querystring: z.strictObject({permission: z.enum(PERMISSIONS), device: z.string().optional()}),
      response: {
        200: z.object({allowed: z.boolean(), by: z.string().nullable(), reason: z.string().nullable()}),
      },
    },
    async handler(request) {
      const {tenant, access} = callerOf(request);
      const {permission, device} = request.query;
      let decision = decide(access, permission);
      if (decision.allowed && device !== undefined && isDevicePermission(permission)) {
        const facts = await ports.deviceFacts(tenant, device);
        decision = facts ? decideOnDevice(access, permission, facts) : NOT_VISIBLE;
      }
      return decision.allowed
        ? {allowed: true, by: decision.by, reason: null}
        : {allowed: false, by: null, reason: decision.reason};
    },
  });
}
