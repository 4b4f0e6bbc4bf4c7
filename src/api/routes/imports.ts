import type {FastifyRequest} from 'fastify';
import {z} from 'zod';
import type {ReadRow} from '../../admin/import-plan.js';
import {IMPORT_MODES, IMPORT_OUTCOMES, type ImportMode} from '../../domain/device-import.js';
import {IotctlError} from '../../domain/errors.js';
import {callerOf, originOf} from '../access.js';
import type {ApiPorts} from '../ports.js';
import {importRowSchema} from '../schemas.js';
import type {Server} from '../server.js';

const ROWS_MAX = 1000;
const BODY_BYTES_MAX = 8 * 1024 * 1024;

const bodySchema = z.strictObject({
  // One that cannot be read is a failure of its own, not of the batch.
  rows: z
    .array(z.unknown())
    .min(1)
    .max(ROWS_MAX)
    .meta({items: z.toJSONSchema(importRowSchema, {io: 'input', unrepresentable: 'any'})}),
  mode: z.enum(IMPORT_MODES).default('create'),
});

const resultSchema = z.object({
  id: z.string(),
  outcome: z.enum(IMPORT_OUTCOMES),
  code: z.string().nullable(),
  message: z.string().nullable(),
  credential: z.object({id: z.string(), username: z.string()}).nullable(),
});

export function importRoutes(server: Server, {admin: {imports}}: ApiPorts): void {
  const about = {body: bodySchema, response: {200: z.object({items: z.array(resultSchema)})}};
  server.route({
    method: 'POST',
    url: '/v1/devices/import',
    config: {permission: 'device:create'},
    bodyLimit: BODY_BYTES_MAX,
    schema: {summary: 'Move up to 1000 devices in, with an outcome for each', ...about},
    handler: async request => ({items: await imports.run(originOf(request), batchOf(request))}),
  });
  server.route({
    method: 'POST',
    url: '/v1/devices/import/check',
    config: {permission: 'device:create'},
    bodyLimit: BODY_BYTES_MAX,
    schema: {summary: 'What would become of each, without changing anything', ...about},
    handler: async request => ({items: await imports.check(originOf(request), batchOf(request))}),
  });
}

const batchOf = (request: FastifyRequest): {tenant: string; rows: ReadRow[]; mode: ImportMode} => {
  const {rows, mode} = request.body as z.output<typeof bodySchema>;
  return {tenant: callerOf(request).tenant, rows: rows.map(readRow), mode};
};

function readRow(value: unknown): ReadRow {
  const read = importRowSchema.safeParse(value);
  if (read.success) return read.data;
  const id = (value as {id?: unknown} | null)?.id;
  const why = read.error.issues.map(({path, message}) => `${path.join('.') || 'row'}: ${message}`).join('; ');
  return {
    id: typeof id === 'string' ? id.slice(0, 128) : '',
    error: new IotctlError('IOT_REQUEST_INVALID', why),
  };
}
