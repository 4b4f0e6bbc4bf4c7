import {z} from 'zod';
import type {ApiPorts} from '../ports.js';
import {commandSchema, idParams, jsonSchema, queryNumber} from '../schemas.js';
import {callerOf} from '../security.js';
import type {Server} from '../server.js';

const WAIT_MS_MAX = 300_000;
const TTL_MS_DEFAULT = 60_000;

export function commandRoutes(server: Server, {commands}: ApiPorts): void {
  server.route({
    method: 'POST',
    url: '/v1/devices/:id/commands',
    schema: {
      summary: 'Send a command; with waitMs, answers when it is over or the time is up',
      params: idParams,
      querystring: z.strictObject({waitMs: queryNumber(0, WAIT_MS_MAX).default(0)}),
      body: z.strictObject({name: z.string(), data: jsonSchema.optional(), ttlMs: z.number().optional()}),
      response: {201: commandSchema},
    },
    async handler(request, reply) {
      const caller = callerOf(request);
      const {name, data = null, ttlMs = TTL_MS_DEFAULT} = request.body;
      const sent = await commands.send(caller, request.params.id, {name, data, ttlMs});
      const {waitMs} = request.query;
      const command = waitMs > 0 ? await commands.wait(caller.tenant, sent.id, waitMs) : sent;
      return reply.status(201).header('location', `/v1/commands/${command.id}`).send(command);
    },
  });

  server.route({
    method: 'GET',
    url: '/v1/devices/:id/commands',
    schema: {
      summary: 'A device’s commands, newest first',
      params: idParams,
      response: {200: z.object({items: z.array(commandSchema)})},
    },
    handler: async request => ({items: await commands.listFor(callerOf(request).tenant, request.params.id)}),
  });

  server.route({
    method: 'GET',
    url: '/v1/commands/:id',
    schema: {summary: 'Show a command and its states', params: idParams, response: {200: commandSchema}},
    handler: async request => await commands.get(callerOf(request).tenant, request.params.id),
  });

  server.route({
    method: 'POST',
    url: '/v1/commands/:id/cancel',
    schema: {
      summary: 'Cancel a command that was not delivered',
      params: idParams,
      response: {200: commandSchema},
    },
    handler: async request => await commands.cancel(callerOf(request).tenant, request.params.id),
  });
}
