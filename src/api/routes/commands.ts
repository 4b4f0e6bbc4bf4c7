import type {FastifyRequest} from 'fastify';
import {z} from 'zod';
import type {Command} from '../../domain/command.js';
import {IotctlError} from '../../domain/errors.js';
import {callerOf, originOf, requireDevice, scopeOf} from '../access.js';
import type {ApiPorts} from '../ports.js';
import {commandSchema, idParams, jsonSchema, queryNumber} from '../schemas.js';
import type {Server} from '../server.js';

const WAIT_MS_MAX = 300_000;
const TTL_MS_DEFAULT = 60_000;

export function commandRoutes(server: Server, ports: ApiPorts): void {
  const {commands, admin} = ports;
  server.route({
    method: 'POST',
    url: '/v1/devices/:id/commands',
    config: {permission: 'command:send'},
    schema: {
      summary: 'Send a command; with waitMs, answers when it is over or the time is up',
      params: idParams,
      querystring: z.strictObject({waitMs: queryNumber(0, WAIT_MS_MAX).default(0)}),
      body: z.strictObject({
        name: z.string(),
        data: jsonSchema.optional(),
        ttlMs: z.number().optional(),
        force: z.boolean().optional(),
      }),
      response: {201: commandSchema},
    },
    async handler(request, reply) {
      const caller = callerOf(request);
      const {tenant} = caller;
      const device = request.params.id;
      const allowedBy = await requireDevice(ports, request, device);
      const {name, data = null, ttlMs = TTL_MS_DEFAULT, force} = request.body;
      const change = {tenant, action: 'command:send', target: `device/${device}`, reason: name.slice(0, 64)};
      await admin.changes.announce(originOf(request), change, {name, data, ttlMs});
      const sent = await commands
        .send({tenant, device, name, data, ttlMs, force, requestedBy: caller.subject, allowedBy})
        .catch(async (error: unknown) => {
          await admin.changes.failed(originOf(request), change, error);
          throw error;
        });
      const {waitMs} = request.query;
      const command = waitMs > 0 ? await commands.wait(caller.tenant, sent.id, waitMs) : sent;
      return reply.status(201).header('location', `/v1/commands/${command.id}`).send(command);
    },
  });

  server.route({
    method: 'GET',
    url: '/v1/devices/:id/commands',
    config: {permission: 'command:read'},
    schema: {
      summary: 'A device’s commands, newest first',
      params: idParams,
      response: {200: z.object({items: z.array(commandSchema)})},
    },
    async handler(request) {
      await requireDevice(ports, request, request.params.id);
      return {items: await commands.listFor(callerOf(request).tenant, request.params.id)};
    },
  });

  server.route({
    method: 'GET',
    url: '/v1/commands/:id',
    config: {permission: 'command:read'},
    schema: {summary: 'Show a command and its states', params: idParams, response: {200: commandSchema}},
    handler: async request => await commandOf(ports, request, request.params.id),
  });

  server.route({
    method: 'POST',
    url: '/v1/commands/:id/cancel',
    config: {permission: 'command:cancel'},
    schema: {
      summary: 'Cancel a command that was not delivered',
      params: idParams,
      response: {200: commandSchema},
    },
    async handler(request) {
      const {tenant, device, id} = await commandOf(ports, request, request.params.id);
      const change = {tenant, action: 'command:cancel', target: `device/${device}/command/${id}`};
      await admin.changes.announce(originOf(request), change);
      return await commands.cancel(tenant, id);
    },
  });
}

/** A command of a device that the caller may not see answers exactly as one that is not there. */
async function commandOf(ports: ApiPorts, request: FastifyRequest, id: string): Promise<Command> {
  const command = await ports.commands.get(callerOf(request).tenant, id);
  if (scopeOf(request) === 'all') return command;
  try {
    await requireDevice(ports, request, command.device);
    return command;
  } catch (error) {
    if (error instanceof IotctlError && error.code === 'IOT_DEVICE_UNKNOWN')
      throw new IotctlError('IOT_COMMAND_UNKNOWN', `no command ${JSON.stringify(id)}`);
    throw error;
  }
}
