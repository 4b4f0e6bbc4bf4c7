import {z} from 'zod';
import {DISOWN_ACTIONS, TAMPER_ACTIONS} from '../../domain/tenant.js';
import {callerOf, originOf} from '../access.js';
import type {ApiPorts} from '../ports.js';
import type {Server} from '../server.js';

const policySchema = z.object({onTamper: z.enum(TAMPER_ACTIONS), onDisown: z.enum(DISOWN_ACTIONS)});

export function policyRoutes(server: Server, {admin: {policy}}: ApiPorts): void {
  server.route({
    method: 'GET',
    url: '/v1/policy',
    config: {permission: 'policy:read'},
    schema: {summary: 'What follows by itself from what devices say', response: {200: policySchema}},
    handler: async request => await policy.get(callerOf(request).tenant),
  });

  server.route({
    method: 'PATCH',
    url: '/v1/policy',
    config: {permission: 'policy:update'},
    schema: {
      summary: 'Change what follows by itself',
      body: z.strictObject({
        onTamper: z.enum(TAMPER_ACTIONS).optional(),
        onDisown: z.enum(DISOWN_ACTIONS).optional(),
      }),
      response: {200: policySchema},
    },
    handler: async request => {
      const {onTamper, onDisown} = request.body;
      const change = {...(onTamper && {onTamper}), ...(onDisown && {onDisown})};
      return await policy.set(originOf(request), callerOf(request).tenant, change);
    },
  });
}
