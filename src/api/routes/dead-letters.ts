import {z} from 'zod';
import {callerOf, originOf, requirePermission} from '../access.js';
import {deadLetterSchema} from '../consumer-schema.js';
import type {ApiPorts} from '../ports.js';
import {queryNumber} from '../schemas.js';
import type {Server} from '../server.js';

const nameParams = z.object({name: z.string()});
const PAGE_MAX = 1000;

/** Without offsets all of them. */
const chosen = z.strictObject({
  offsets: z.array(z.number().int().min(0).max(Number.MAX_SAFE_INTEGER)).max(PAGE_MAX).optional(),
});
const counted = z.object({count: z.number()});

export function deadLetterRoutes(server: Server, ports: ApiPorts): void {
  const {consumers} = ports.admin;

  server.route({
    method: 'GET',
    url: '/v1/consumers/:name/dead-letters',
    config: {permission: 'consumer:read'},
    schema: {
      summary: 'Events that could not be delivered, and why',
      params: nameParams,
      querystring: z.strictObject({
        after: queryNumber(-1, Number.MAX_SAFE_INTEGER).default(-1),
        limit: queryNumber(1, PAGE_MAX).default(100),
      }),
      response: {200: z.object({items: z.array(deadLetterSchema), nextCursor: z.string().nullable()})},
    },
    async handler(request) {
      // They name devices.
      requirePermission(callerOf(request), 'event:read');
      const {after, limit} = request.query;
      const {tenant} = callerOf(request);
      const items = await consumers.deadLetters(tenant, request.params.name, {after, limit});
      return {items, nextCursor: items.length < limit ? null : String(items.at(-1)!.offset)};
    },
  });

  for (const [verb, summary] of [
    ['replay', 'Send them again'],
    ['purge', 'Forget them'],
  ] as const)
    server.route({
      method: 'POST',
      url: `/v1/consumers/:name/dead-letters/${verb}`,
      config: {permission: 'consumer:update'},
      schema: {summary, params: nameParams, body: chosen, response: {200: counted}},
      async handler(request) {
        const {tenant} = callerOf(request);
        const count = await consumers[verb](
          originOf(request),
          tenant,
          request.params.name,
          request.body.offsets,
        );
        return {count};
      },
    });
}
