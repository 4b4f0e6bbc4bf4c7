import {z} from 'zod';
import {checkPassword, hashPassword} from '../../domain/password.js';
import type {Wanted} from '../../registry/credentials.js';
import {callerOf, originOf, requireDevice, scopeOf} from '../access.js';
import {replyWithDevice} from '../entity-tag.js';
import type {ApiPorts} from '../ports.js';
import {
  deviceSchema,
  idParams,
  madeDeviceSchema,
  queryFlag,
  queryNumber,
  wantedDeviceSchema,
} from '../schemas.js';
import type {Server} from '../server.js';

const BATCH_MAX = 1000;
/** It holds a label's value and an id at most. */
const CURSOR_CHARACTERS_MAX = 4096;

const BATCH_BODY_BYTES_MAX = 2 * 1024 * 1024;

const manyCredentials = z.enum(['secret', 'token', 'none']).default('secret');

export function deviceRoutes(server: Server, ports: ApiPorts): void {
  createRoutes(server, ports);
  const {devices} = ports.admin;

  server.route({
    method: 'GET',
    url: '/v1/devices',
    config: {permission: 'device:read'},
    schema: {
      summary: 'List the devices that the caller may see: chosen, sorted and by pages',
      querystring: z.strictObject({
        limit: queryNumber(1, 500).default(50),
        cursor: z.string().max(CURSOR_CHARACTERS_MAX).optional(),
        selector: z.string().optional(),
        where: z.string().optional(),
        sort: z.string().optional(),
        total: queryFlag.default(false),
      }),
      response: {
        200: z.object({
          items: z.array(deviceSchema),
          nextCursor: z.string().nullable(),
          total: z.number().optional(),
        }),
      },
    },
    async handler(request) {
      const {tenant} = callerOf(request);
      const {total, ...page} = {...request.query, scope: scopeOf(request)};
      const listed = await devices.list(tenant, page);
      return total ? {...listed, total: await devices.count(tenant, page)} : listed;
    },
  });

  server.route({
    method: 'GET',
    url: '/v1/devices/:id',
    config: {permission: 'device:read'},
    schema: {summary: 'Show a device', params: idParams, response: {200: deviceSchema}},
    async handler(request, reply) {
      await requireDevice(ports, request, request.params.id);
      return replyWithDevice(reply, await devices.get(callerOf(request).tenant, request.params.id));
    },
  });
}

function createRoutes(server: Server, {admin: {devices}}: ApiPorts): void {
  server.route({
    method: 'POST',
    url: '/v1/devices',
    config: {permission: 'device:create'},
    schema: {
      summary: 'Create a device; its secret is in this answer only',
      body: wantedDeviceSchema.extend({
        ifNotExists: z.boolean().default(false),
        credential: z.enum(['secret', 'token', 'password', 'x509', 'none']).default('secret'),
        password: z.string().max(256).optional(),
        csr: z
          .string()
          .max(16 * 1024)
          .optional(),
        certificateDays: z.number().int().min(1).max(397).optional(),
      }),
      response: {200: madeDeviceSchema, 201: madeDeviceSchema},
    },
    async handler(request, reply) {
      const {ifNotExists, credential, password, csr, certificateDays, ...wanted} = request.body;
      const options = {ifNotExists, credential: await wantedCredential(credential, password, wanted.id)};
      const certificate = credential === 'x509' ? {csr: csr ?? '', certificateDays} : undefined;
      const {tenant} = callerOf(request);
      const [made] = await devices.create(originOf(request), tenant, [wanted], {...options, certificate});
      return reply.status(made!.credential || credential === 'none' ? 201 : 200).send(made!);
    },
  });

  server.route({
    method: 'POST',
    url: '/v1/devices/batch',
    config: {permission: 'device:create'},
    bodyLimit: BATCH_BODY_BYTES_MAX,
    schema: {
      summary: 'Create up to 1000 devices, all or none',
      body: z.strictObject({
        devices: z.array(wantedDeviceSchema).min(1).max(BATCH_MAX),
        ifNotExists: z.boolean().default(false),
        credential: manyCredentials,
      }),
      response: {201: z.object({items: z.array(madeDeviceSchema)})},
    },
    async handler(request, reply) {
      const {ifNotExists, credential, devices: wanted} = request.body;
      const options = {ifNotExists, credential: credential === 'none' ? null : {kind: credential}};
      const items = await devices.create(originOf(request), callerOf(request).tenant, wanted, options);
      return reply.status(201).send({items});
    },
  });
}

async function wantedCredential(
  kind: 'secret' | 'token' | 'password' | 'x509' | 'none',
  password: string | undefined,
  id: string,
): Promise<Wanted | null> {
  // A certificate is signed together with the device, in one transaction.
  if (kind === 'none' || kind === 'x509') return null;
  if (kind !== 'password') return {kind};
  checkPassword(password ?? '', id);
  return {kind, hash: await hashPassword(password ?? '')};
}
