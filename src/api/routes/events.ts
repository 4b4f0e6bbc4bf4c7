import {z} from 'zod';
import {toCloudEvent} from '../../domain/cloud-event.js';
import {parseTimeMs} from '../../domain/duration.js';
import {IotctlError} from '../../domain/errors.js';
import {parseUsername} from '../../domain/identity.js';
import {EventStreamReply} from '../event-stream-reply.js';
import type {ApiPorts} from '../ports.js';
import {cloudEventSchema, idParams, queryFlag, queryNumber} from '../schemas.js';
import {callerOf} from '../security.js';
import type {Server} from '../server.js';
import {tail} from '../tail.js';

const PAGE_MAX = 1000;
const LAST_MAX = 10_000;
const TAILS_MAX = 200;

/** Above a device's payload, so that its own limit is the one that answers. */
const BODY_BYTES_MAX = 260 * 1024;

const offset = queryNumber(0, Number.MAX_SAFE_INTEGER);

const filters = {
  since: z.string().optional(),
  device: z.string().optional(),
  type: z.string().optional(),
  after: offset.optional(),
  last: queryNumber(1, LAST_MAX).optional(),
};

const timeOf = (text: string | undefined): number | undefined =>
  text === undefined ? undefined : parseTimeMs(text, Date.now());

export function eventRoutes(server: Server, ports: ApiPorts): void {
  ingestRoute(server, ports);
  historyRoute(server, ports);
  tailRoute(server, ports);
}

function historyRoute(server: Server, ports: ApiPorts): void {
  server.route({
    method: 'GET',
    url: '/v1/events',
    schema: {
      summary: 'Stored events in the order of the stream',
      querystring: z.object({
        ...filters,
        until: z.string().optional(),
        limit: queryNumber(1, PAGE_MAX).default(100),
      }),
      response: {200: z.object({items: z.array(cloudEventSchema), nextCursor: z.string().nullable()})},
    },
    async handler(request) {
      const {since, until, after, limit, last, device, type} = request.query;
      const range = {sinceMs: timeOf(since), untilMs: timeOf(until), afterOffset: after};
      const query = {device, type, ...range, limit: last ?? limit, last: last !== undefined};
      const {events, more} = await ports.history(callerOf(request).tenant, query);
      const next = more && last === undefined ? String(events.at(-1)!.offset) : null;
      return {items: events.map(toCloudEvent), nextCursor: next};
    },
  });
}

function tailRoute(server: Server, ports: ApiPorts): void {
  let tails = 0;
  server.route({
    method: 'GET',
    url: '/v1/events/tail',
    schema: {
      summary: 'Stored events, then live ones, as server-sent events; Last-Event-ID resumes',
      querystring: z.object({...filters, follow: queryFlag.default(true)}),
    },
    async handler(request, reply) {
      const {since, after, last, device, type, follow} = request.query;
      if (tails >= TAILS_MAX)
        throw new IotctlError('IOT_PART_UNAVAILABLE', `${TAILS_MAX} tails are open already`);
      const {tenant} = callerOf(request);
      const sinceMs = timeOf(since);
      const afterOffset = after ?? resumeAfter(request.headers['last-event-id']);
      tails++;
      const ended = new AbortController();
      reply.hijack();
      reply.raw.once('close', () => ended.abort());
      const out = new EventStreamReply(reply.raw);
      try {
        const wanted = {tenant, sinceMs, afterOffset, last, device, type, follow};
        for await (const events of tail(ports, wanted, ended.signal)) if (!(await out.send(events))) break;
      } catch (error) {
        const known =
          error instanceof IotctlError ? error : new IotctlError('IOT_INTERNAL', 'the tail failed');
        out.fail(known.code, known.message);
      } finally {
        tails--;
        out.end();
      }
    },
  });
}

/** A browser's EventSource sends the id of the last event that it got. */
function resumeAfter(header: string | string[] | undefined): number | undefined {
  if (typeof header !== 'string' || !/^\d{1,15}$/.test(header)) return undefined;
  return Number(header);
}

function ingestRoute(server: Server, ports: ApiPorts): void {
  server.register(async scope => {
    // Whatever a device sends is kept as it is: nothing is parsed here.
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('*', {parseAs: 'buffer'}, (_request, body, done) => done(null, body));
    scope.route({
      method: 'POST',
      url: '/v1/devices/:id/telemetry',
      config: {auth: 'device'},
      bodyLimit: BODY_BYTES_MAX,
      schema: {
        summary: 'Telemetry of a device, with its own credential (HTTP Basic); answered once it is on disk',
        params: idParams,
        querystring: z.object({component: z.string().default('')}),
        response: {202: z.object({offset: z.number()})},
      },
      async handler(request, reply) {
        const {username, secret} = basicOf(request.headers.authorization);
        const {id} = request.params as {id: string};
        if (parseUsername(username)?.name !== id) {
          throw new IotctlError('IOT_DEVICE_UNKNOWN', `no device ${JSON.stringify(id)} for this credential`);
        }
        const {component} = request.query as {component: string};
        const payload = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
        return reply.status(202).send({offset: await ports.ingest({username, secret, component, payload})});
      },
    });
  });
}

/** RFC 7617: the user name has an `@`, and no `:` before the secret's, except in the device's own name. */
function basicOf(header: string | undefined): {username: string; secret: string} {
  const encoded = /^Basic (\S+)$/i.exec(header ?? '')?.[1] ?? '';
  const text = Buffer.from(encoded, 'base64').toString('utf8');
  const colon = text.lastIndexOf(':');
  if (colon < 0)
    throw new IotctlError('IOT_UNAUTHENTICATED', 'a device sends its user name and secret as HTTP Basic');
  return {username: text.slice(0, colon), secret: text.slice(colon + 1)};
}
