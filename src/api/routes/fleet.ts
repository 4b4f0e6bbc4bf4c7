import {z} from 'zod';
import {callerOf, originOf} from '../access.js';
import {fleetSchema, fleetStepSchema} from '../fleet-schema.js';
import type {ApiPorts} from '../ports.js';
import {queryFlag} from '../schemas.js';
import type {Server} from '../server.js';

const FLEET_BYTES_MAX = 16 * 1024 * 1024;

export function fleetRoute(server: Server, {admin: {fleet}}: ApiPorts): void {
  server.route({
    method: 'POST',
    url: '/v1/fleet/plan',
    bodyLimit: FLEET_BYTES_MAX,
    config: {permission: 'model:read'},
    schema: {
      summary: 'What would have to be done so that everything is as the document says; changes nothing',
      querystring: z.strictObject({allowBreaking: queryFlag.default(false)}),
      body: fleetSchema,
      response: {200: z.object({steps: z.array(fleetStepSchema)})},
    },
    handler: async request => ({
      steps: await fleet.plan(originOf(request), callerOf(request).tenant, request.body, request.query),
    }),
  });
}
