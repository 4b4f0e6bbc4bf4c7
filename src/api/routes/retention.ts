import {z} from 'zod';
import {PLATFORM} from '../../domain/tenant.js';
import {callerOf, originOf, requirePermission} from '../access.js';
import type {ApiPorts} from '../ports.js';
import {queryFlag} from '../schemas.js';
import type {Server} from '../server.js';

/** A hundred years. */
const DAYS_MAX = 36_525;

const days = z.number().int().min(1).max(DAYS_MAX).nullable();
const bytes = z.number().int().min(1).max(Number.MAX_SAFE_INTEGER).nullable();

const dataSchema = z.object({archiveAfterDays: days, deleteAfterDays: days, bytesMax: bytes});
const auditSchema = z.object({deleteAfterDays: days, bytesMax: bytes});
const policySchema = z.object({raw: dataSchema, typed: dataSchema, audit: auditSchema});

const dataChange = z.strictObject(dataSchema.shape).partial();
const changeSchema = z.strictObject({
  raw: dataChange.optional(),
  typed: dataChange.optional(),
  audit: z.strictObject(auditSchema.shape).partial().optional(),
});

const reportSchema = z.object({
  archivedRows: z.number(),
  archivedParts: z.number(),
  deletedRows: z.number(),
  deletedParts: z.number(),
  freedBytes: z.number(),
  mergedParts: z.number(),
  deletedRecords: z.number(),
});

const checkSchema = z.object({
  files: z.number(),
  bytes: z.number(),
  unknown: z.number(),
  faults: z.array(z.object({file: z.string(), fault: z.enum(['missing', 'changed'])})),
});

export function retentionRoutes(server: Server, {admin: {retention}}: ApiPorts): void {
  server.route({
    method: 'GET',
    url: '/v1/retention',
    config: {permission: 'retention:read'},
    schema: {
      summary: 'How long data is kept, by class',
      // Of what belongs to no tenant.
      querystring: z.strictObject({platform: queryFlag.default(false)}),
      response: {200: policySchema},
    },
    async handler(request) {
      const caller = callerOf(request);
      if (!request.query.platform) return await retention.get(caller.tenant);
      requirePermission(caller, 'platform:read');
      return await retention.get(PLATFORM);
    },
  });

  server.route({
    method: 'PATCH',
    url: '/v1/retention',
    config: {permission: 'retention:update'},
    schema: {
      summary: 'Change how long data is kept; null is for ever',
      body: changeSchema,
      response: {200: policySchema},
    },
    handler: async request => await retention.set(originOf(request), callerOf(request).tenant, request.body),
  });

  server.route({
    method: 'GET',
    url: '/v1/retention/plan',
    config: {permission: 'retention:read'},
    schema: {
      summary: 'What a run would archive, delete and merge now',
      querystring: z.strictObject({compact: queryFlag.default(false)}),
      response: {200: reportSchema},
    },
    handler: async request => await retention.plan(callerOf(request).tenant, request.query),
  });

  server.route({
    method: 'POST',
    url: '/v1/retention/run',
    config: {permission: 'retention:run'},
    schema: {
      summary: 'Archive, delete and merge now what the policy says; answers when it is done',
      body: z.strictObject({compact: z.boolean().optional()}),
      response: {200: reportSchema},
    },
    handler: async request => await retention.run(originOf(request), callerOf(request).tenant, request.body),
  });

  server.route({
    method: 'GET',
    url: '/v1/retention/archive',
    config: {permission: 'retention:read'},
    schema: {
      summary: 'Read every file of the archive: whether it is as it was written; answers when it is done',
      response: {200: checkSchema},
    },
    async handler(request) {
      const {faults, ...check} = await retention.verifyArchive(callerOf(request).tenant);
      return {...check, faults: [...faults]};
    },
  });
}
