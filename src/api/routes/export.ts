import {createReadStream} from 'node:fs';
import {rm, stat} from 'node:fs/promises';
import {z} from 'zod';
import {parseTimeMs} from '../../domain/duration.js';
import {IotctlError} from '../../domain/errors.js';
import {EXPORT_DAY, EXPORT_FORMATS, type ExportFormat} from '../../domain/history-export.js';
import {callerOf, visibleDevices} from '../access.js';
import type {ApiPorts} from '../ports.js';
import type {Server} from '../server.js';

/** Files on their way to clients: each holds a day on the platform's disk for as long as its client takes. */
const AT_ONCE = 8;

const TYPES: Readonly<Record<ExportFormat, string>> = {
  parquet: 'application/vnd.apache.parquet',
  csv: 'text/csv; charset=utf-8',
  ndjson: 'application/x-ndjson',
};

const table = z.string().min(1).max(128);

const daysSchema = z.object({
  tenant: z.string(),
  tables: z.array(z.string()),
  days: z.array(z.object({table: z.string(), day: z.string(), rows: z.number(), fingerprint: z.string()})),
});

export function exportRoutes(server: Server, ports: ApiPorts): void {
  let underWay = 0;

  server.route({
    method: 'GET',
    url: '/v1/export',
    config: {permission: 'query:run'},
    schema: {
      summary: 'Which days there are to be exported, with their rows that the caller may see',
      querystring: z.strictObject({
        since: z.string().optional(),
        until: z.string().optional(),
        tables: z.string().optional(),
      }),
      response: {200: daysSchema},
    },
    async handler(request) {
      const {tenant} = callerOf(request);
      const {tables} = request.query;
      const devices = await visibleDevices(ports, request);
      const choice = {...rangeOf(request.query), devices, tables: tables?.split(',')};
      return {tenant, ...(await ports.exportDays(tenant, choice))};
    },
  });

  server.route({
    method: 'GET',
    url: '/v1/export/part',
    exposeHeadRoute: false,
    config: {permission: 'query:run'},
    schema: {
      summary: 'The rows of one day of a table as a file; the header iotctl-rows says how many',
      querystring: z.strictObject({
        table,
        day: z.string().regex(EXPORT_DAY),
        format: z.enum(EXPORT_FORMATS),
      }),
      response: {200: {description: 'The file', content: {'application/octet-stream': {schema: z.string()}}}},
    },
    async handler(request, reply) {
      if (underWay >= AT_ONCE)
        throw new IotctlError('IOT_PART_UNAVAILABLE', `${AT_ONCE} files are being exported already`);
      underWay++;
      try {
        const {tenant} = callerOf(request);
        const part = request.query;
        const devices = await visibleDevices(ports, request);
        const {path, rows} = await ports.exportPart(tenant, {...part, devices});
        try {
          const {size} = await stat(path);
          const file = createReadStream(path);
          // A client that went away reads no more.
          reply.raw.once('close', () => file.destroy());
          const sent = new Promise<void>(resolve => file.once('close', resolve));
          reply.type(TYPES[part.format]).header('content-length', size).header('iotctl-rows', rows);
          reply.send(file as never);
          await sent;
        } finally {
          await rm(path, {force: true});
        }
      } finally {
        underWay--;
      }
      return reply;
    },
  });
}

function rangeOf({since, until}: {since?: string | undefined; until?: string | undefined}) {
  const nowMs = Date.now();
  return {
    sinceMs: since === undefined ? undefined : parseTimeMs(since, nowMs),
    untilMs: until === undefined ? undefined : parseTimeMs(until, nowMs),
  };
}
