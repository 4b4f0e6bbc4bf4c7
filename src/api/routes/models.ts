import {z} from 'zod';
import {IotctlError} from '../../domain/errors.js';
import {parseModelRef} from '../../domain/model.js';
import {modelSpecSchema} from '../../schema/model-schema.js';
import {callerOf, originOf} from '../access.js';
import type {ApiPorts} from '../ports.js';
import {idParams, queryFlag} from '../schemas.js';
import type {Server} from '../server.js';

const modelSchema = z.object({
  name: z.string(),
  version: z.number(),
  description: z.string().nullable(),
  expectedIntervalMs: z.number().nullable(),
  createdAt: z.string(),
  createdBy: z.string(),
  devices: z.number(),
  spec: modelSpecSchema,
});

const incompatibilitySchema = z.object({path: z.string(), why: z.string()});
const sideSchema = z.union([z.string(), modelSpecSchema]);

const SPEC_BYTES_MAX = 512 * 1024;

export function modelRoutes(server: Server, ports: ApiPorts): void {
  readRoutes(server, ports);
  changeRoutes(server, ports);
}

function readRoutes(server: Server, {admin: {models}}: ApiPorts): void {
  server.route({
    method: 'GET',
    url: '/v1/models',
    config: {permission: 'model:read'},
    schema: {
      summary: 'The models of the tenant, all their versions',
      response: {200: z.object({items: z.array(modelSchema)})},
    },
    handler: async request => ({items: await models.list(callerOf(request).tenant)}),
  });

  server.route({
    method: 'GET',
    url: '/v1/models/:id',
    config: {permission: 'model:read'},
    schema: {
      summary: 'A model, `name` or `name@version`, and how often devices broke it',
      params: idParams,
      response: {
        200: modelSchema.extend({
          faults: z.array(z.object({fault: z.string(), count: z.number(), lastAt: z.string()})),
        }),
      },
    },
    async handler(request) {
      const {tenant} = callerOf(request);
      const model = await models.get(tenant, request.params.id);
      const faults = await models.faults(tenant, model);
      const told = faults.map(({fault, count, lastMs}) => ({
        fault,
        count,
        lastAt: new Date(lastMs).toISOString(),
      }));
      return {...model, faults: told};
    },
  });

  server.route({
    method: 'POST',
    url: '/v1/models/check',
    bodyLimit: 2 * SPEC_BYTES_MAX,
    config: {permission: 'model:read'},
    schema: {
      summary:
        'What of one model would not fit with another; each is a document, or the name of one that is there',
      body: z.strictObject({older: sideSchema, newer: sideSchema}),
      response: {200: z.object({incompatibilities: z.array(incompatibilitySchema)})},
    },
    async handler(request) {
      const {older, newer} = request.body;
      return {incompatibilities: await models.compare(callerOf(request).tenant, older, newer)};
    },
  });
}

function changeRoutes(server: Server, {admin: {models}}: ApiPorts): void {
  server.route({
    method: 'POST',
    url: '/v1/models',
    bodyLimit: SPEC_BYTES_MAX,
    config: {permission: 'model:apply'},
    schema: {
      summary: 'Describe a version of a model; one that is there already, just so, stays as it is',
      querystring: z.strictObject({
        allowBreaking: queryFlag.default(false),
        dryRun: queryFlag.default(false),
      }),
      body: modelSpecSchema,
      response: {
        200: z.object({model: modelSchema, isNew: z.boolean(), breaking: z.array(incompatibilitySchema)}),
      },
    },
    async handler(request) {
      const applied = await models.apply(
        originOf(request),
        callerOf(request).tenant,
        request.body,
        request.query,
      );
      return {...applied, breaking: [...applied.breaking]};
    },
  });

  server.route({
    method: 'DELETE',
    url: '/v1/models/:id',
    config: {permission: 'model:delete'},
    schema: {
      summary: 'Delete a version of a model, `name@version`, that no device is of',
      params: idParams,
      response: {204: z.null()},
    },
    async handler(request, reply) {
      const {name, version} = parseModelRef(request.params.id);
      const {tenant} = callerOf(request);
      if (version === undefined) {
        await models.get(tenant, name);
        throw new IotctlError('IOT_REQUEST_INVALID', `which version of ${name}? Name it: ${name}@1`);
      }
      await models.remove(originOf(request), tenant, {name, version});
      return reply.status(204).send(null);
    },
  });
}
