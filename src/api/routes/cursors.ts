/** How far those have come who read a tenant's events under a name. */
import {z} from 'zod';
import {parseTimeMs} from '../../domain/duration.js';
import {IotctlError} from '../../domain/errors.js';
import {callerOf, originOf} from '../access.js';
import {offsetBefore} from '../offset-before.js';
import type {ApiPorts} from '../ports.js';
import type {Server} from '../server.js';

const cursorSchema = z.object({
  name: z.string(),
  offset: z.number(),
  /** Offsets of the stream behind the newest one. */
  lag: z.number(),
  createdAt: z.string(),
  createdBy: z.string(),
  movedAt: z.string(),
});

const offsetSchema = z.number().int().min(-1).max(Number.MAX_SAFE_INTEGER);
const nameParams = z.object({name: z.string()});

export function cursorRoutes(server: Server, ports: ApiPorts): void {
  const {cursors} = ports.admin;
  const newest = (): number => ports.stream.head() - 1;
  const withLag = <Cursor extends {readonly offset: number}>(cursor: Cursor): Cursor & {lag: number} => ({
    ...cursor,
    lag: Math.max(0, newest() - cursor.offset),
  });

  const stillToCome = (offset: number): IotctlError =>
    new IotctlError('IOT_REQUEST_INVALID', `offset ${offset} is still to come: the next is ${newest() + 1}`);

  server.route({
    method: 'GET',
    url: '/v1/cursors',
    config: {permission: 'cursor:read'},
    schema: {
      summary: 'Who reads events, and how far each has come',
      response: {200: z.object({items: z.array(cursorSchema)})},
    },
    handler: async request => ({items: (await cursors.list(callerOf(request).tenant)).map(withLag)}),
  });

  server.route({
    method: 'POST',
    url: '/v1/cursors',
    config: {permission: 'cursor:write'},
    schema: {
      summary:
        'Open a cursor: the one of that name, or a new one that begins now, at a time or after an offset',
      body: z.strictObject({name: z.string(), after: offsetSchema.optional(), since: z.string().optional()}),
      response: {200: cursorSchema, 201: cursorSchema},
    },
    async handler(request, reply) {
      const {name, after, since} = request.body;
      const {tenant} = callerOf(request);
      const sinceMs = since === undefined ? undefined : parseTimeMs(since, Date.now());
      const offset = async (): Promise<number> => {
        if (after === undefined)
          return sinceMs === undefined ? newest() : await offsetBefore(ports, tenant, sinceMs);
        if (after <= newest()) return after;
        throw stillToCome(after);
      };
      const beginning = {newest: newest(), offset};
      const {cursor, created} = await cursors.open(originOf(request), tenant, name, beginning);
      return reply.status(created ? 201 : 200).send(withLag(cursor));
    },
  });

  server.route({
    method: 'GET',
    url: '/v1/cursors/:name',
    config: {permission: 'cursor:read'},
    schema: {summary: 'How far one has come', params: nameParams, response: {200: cursorSchema}},
    handler: async request => withLag(await cursors.get(callerOf(request).tenant, request.params.name)),
  });

  server.route({
    method: 'PUT',
    url: '/v1/cursors/:name',
    config: {permission: 'cursor:write'},
    schema: {
      summary: 'Say that everything up to an offset was read; never backwards',
      params: nameParams,
      body: z.strictObject({offset: offsetSchema}),
      response: {204: z.null()},
    },
    async handler(request, reply) {
      const {offset} = request.body;
      if (offset > newest()) throw stillToCome(offset);
      await cursors.move(callerOf(request).tenant, request.params.name, offset);
      return reply.status(204).send(null);
    },
  });

  server.route({
    method: 'DELETE',
    url: '/v1/cursors/:name',
    config: {permission: 'cursor:write'},
    schema: {summary: 'Forget a cursor', params: nameParams, response: {204: z.null()}},
    async handler(request, reply) {
      await cursors.remove(originOf(request), callerOf(request).tenant, request.params.name);
      return reply.status(204).send(null);
    },
  });
}
