import {z} from 'zod';
import {PLATFORM} from '../../domain/tenant.js';
import {callerOf, requirePermission, visibleDevices} from '../access.js';
import type {ApiPorts} from '../ports.js';
import type {Server} from '../server.js';

const TIMEOUT_MS_MAX = 600_000;
const ROWS_MAX = 1_000_000;

export function queryRoute(server: Server, ports: ApiPorts): void {
  server.route({
    method: 'POST',
    url: '/v1/query',
    config: {permission: 'query:run'},
    schema: {
      summary:
        'Ask a question in SQL: one reading statement over events and readings that the caller may see',
      body: z.strictObject({
        sql: z.string().min(1).max(100_000),
        timeoutMs: z.number().int().min(1).max(TIMEOUT_MS_MAX).default(30_000),
        maxRows: z.number().int().min(1).max(ROWS_MAX).default(10_000),
        /** The platform’s own events instead of the tenant’s. */
        platform: z.boolean().default(false),
      }),
      response: {
        200: z.object({
          columns: z.array(z.object({name: z.string(), type: z.string()})),
          rows: z.array(z.array(z.unknown())),
          truncated: z.boolean(),
          elapsedMs: z.number(),
        }),
      },
    },
    async handler(request) {
      const {platform, ...query} = request.body;
      const caller = callerOf(request);
      if (platform) requirePermission(caller, 'platform:read');
      const devices = platform ? undefined : await visibleDevices(ports, request);
      const answer = await ports.query(platform ? PLATFORM : caller.tenant, {...query, devices});
      return {...answer, columns: [...answer.columns], rows: answer.rows.map(row => [...row])};
    },
  });
}
