import {z} from 'zod';
import {REASON_CHARACTERS_MAX} from '../../admin/device-step.js';
import {CONFIGURATION_STATES, type Configuration, defaultRejectedMax} from '../../domain/configuration.js';
import {callerOf, originOf} from '../access.js';
import {wantedConfigurationSchema} from '../configuration-schema.js';
import type {ApiPorts} from '../ports.js';
import {queryFlag} from '../schemas.js';
import type {Server} from '../server.js';
import {documentSchema} from './twins.js';

const configurationSchema = z.object({
  name: z.string(),
  tenant: z.string(),
  selector: z.string().nullable(),
  priority: z.number(),
  patch: documentSchema,
  stages: z.array(z.number()).readonly(),
  rejectedPercentMax: z.number(),
  revision: z.number(),
  state: z.enum(CONFIGURATION_STATES),
  stateReason: z.string().nullable(),
  stage: z.number(),
  createdAt: z.string(),
  createdBy: z.string(),
  changedAt: z.string(),
  changedBy: z.string(),
  counts: z.object({
    targeted: z.number(),
    applied: z.number(),
    pending: z.number(),
    rejected: z.number(),
    waiting: z.number(),
  }),
}) satisfies z.ZodType<Configuration>;

const nameParams = z.object({name: z.string()});

const BODY_BYTES_MAX = 256 * 1024;

export function configurationRoutes(server: Server, ports: ApiPorts): void {
  readRoutes(server, ports);
  changeRoutes(server, ports);
  stepRoutes(server, ports);
}

function readRoutes(server: Server, {admin: {configurations}}: ApiPorts): void {
  server.route({
    method: 'GET',
    url: '/v1/configurations',
    config: {permission: 'config:read'},
    schema: {
      summary: 'The configurations of the tenant, with how many devices applied and rejected each',
      response: {200: z.object({items: z.array(configurationSchema)})},
    },
    handler: async request => ({items: await configurations.list(callerOf(request).tenant)}),
  });

  server.route({
    method: 'GET',
    url: '/v1/configurations/:name',
    config: {permission: 'config:read'},
    schema: {summary: 'Show a configuration', params: nameParams, response: {200: configurationSchema}},
    handler: async request => await configurations.get(callerOf(request).tenant, request.params.name),
  });
}

function changeRoutes(server: Server, {admin: {configurations}}: ApiPorts): void {
  server.route({
    method: 'POST',
    url: '/v1/configurations',
    bodyLimit: BODY_BYTES_MAX,
    config: {permission: 'config:apply'},
    schema: {
      summary: 'Lay a merge patch over what is desired of every device that the selector chooses',
      querystring: z.strictObject({dryRun: queryFlag.default(false)}),
      body: wantedConfigurationSchema,
      response: {200: z.object({configuration: configurationSchema, isChanged: z.boolean()})},
    },
    async handler(request) {
      const {rejectedPercentMax = defaultRejectedMax(request.body.stages), ...body} = request.body;
      const spec = {...body, rejectedPercentMax};
      return await configurations.apply(originOf(request), callerOf(request).tenant, spec, request.query);
    },
  });

  server.route({
    method: 'DELETE',
    url: '/v1/configurations/:name',
    config: {permission: 'config:delete'},
    schema: {
      summary:
        'Take a configuration away from its devices; it is gone when all of them are as they were without it',
      params: nameParams,
      response: {202: configurationSchema},
    },
    async handler(request, reply) {
      const {tenant} = callerOf(request);
      return reply
        .status(202)
        .send(await configurations.remove(originOf(request), tenant, request.params.name));
    },
  });
}

function stepRoutes(server: Server, {admin: {configurations}}: ApiPorts): void {
  server.route({
    method: 'POST',
    url: '/v1/configurations/:name/stop',
    config: {permission: 'config:apply'},
    schema: {
      summary: 'Bring it to no further device; those that have it keep it',
      params: nameParams,
      body: z
        .strictObject({reason: z.string().trim().min(1).max(REASON_CHARACTERS_MAX).optional()})
        .nullish(),
      response: {200: configurationSchema},
    },
    async handler(request) {
      const {tenant} = callerOf(request);
      return await configurations.stop(originOf(request), tenant, request.params.name, request.body?.reason);
    },
  });

  server.route({
    method: 'POST',
    url: '/v1/configurations/:name/resume',
    config: {permission: 'config:apply'},
    schema: {
      summary: 'Go on after a stop; with skipPending the next stage begins though devices have not answered',
      params: nameParams,
      body: z.strictObject({skipPending: z.boolean().default(false)}).nullish(),
      response: {200: configurationSchema},
    },
    async handler(request) {
      const {tenant} = callerOf(request);
      const skipPending = request.body?.skipPending ?? false;
      return await configurations.resume(originOf(request), tenant, request.params.name, {skipPending});
    },
  });
}
