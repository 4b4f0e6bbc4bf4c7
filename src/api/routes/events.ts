import type {FastifyRequest} from 'fastify';
import {z} from 'zod';
import {toCloudEvent} from '../../domain/cloud-event.js';
import {parseTimeMs} from '../../domain/duration.js';
import {IotctlError} from '../../domain/errors.js';
import {PLATFORM} from '../../domain/tenant.js';
import {firstStored, newestStored} from '../../tail/stored-events.js';
import {type TailRequest, tail} from '../../tail/tail.js';
import {tailFilter} from '../../tail/tail-filter.js';
import {callerOf, requirePermission, visibleDevices} from '../access.js';
import {DeviceLabels} from '../device-labels.js';
import {DeviceView} from '../device-view.js';
import {EventStreamReply} from '../event-stream-reply.js';
import type {ApiPorts} from '../ports.js';
import {cloudEventSchema, queryFlag, queryNumber} from '../schemas.js';
import {watchToken} from '../security.js';
import type {Server} from '../server.js';

const PAGE_MAX = 1000;
const LAST_MAX = 10_000;
const TAILS_MAX = 200;

const filters = {
  since: z.string().optional(),
  device: z.string().optional(),
  type: z.string().optional(),
  /** -1 is before the first one. */
  after: queryNumber(-1, Number.MAX_SAFE_INTEGER).optional(),
  /** The platform’s own events instead of the tenant’s. */
  platform: queryFlag.default(false),
};

const conditions = {
  /** A condition on events (`src/expression/`); and one on those that are left out. */
  where: z.string().optional(),
  exclude: z.string().optional(),
  /** Percent of the events; the same ones for everyone. */
  sample: z
    .string()
    .regex(/^\d{1,3}(?:\.\d{1,6})?$/, 'not a number of percent')
    .transform(Number)
    .refine(percent => percent <= 100, 'more than 100 percent')
    .optional(),
};

const tailQuery = z.strictObject({
  ...filters,
  ...conditions,
  last: queryNumber(0, LAST_MAX).optional(),
  follow: queryFlag.default(true),
});
type TailQuery = z.output<typeof tailQuery>;
type TailGroups = ReturnType<typeof tail>;

const timeOf = (text: string | undefined): number | undefined =>
  text === undefined ? undefined : parseTimeMs(text, Date.now());

export function eventRoutes(server: Server, ports: ApiPorts): void {
  historyRoute(server, ports);
  tailRoute(server, ports);
}

function historyRoute(server: Server, ports: ApiPorts): void {
  server.route({
    method: 'GET',
    url: '/v1/events',
    config: {permission: 'event:read'},
    schema: {
      summary:
        'Stored events in the order of the stream; with a condition a page may have fewer than there are, and go on at its cursor',
      querystring: z.strictObject({
        ...filters,
        ...conditions,
        until: z.string().optional(),
        limit: queryNumber(1, PAGE_MAX).default(100),
        last: queryNumber(1, LAST_MAX).optional(),
      }),
      response: {200: z.object({items: z.array(cloudEventSchema), nextCursor: z.string().nullable()})},
    },
    async handler(request, reply) {
      const {since, until, after, limit, last, device, type, platform} = request.query;
      const range = {sinceMs: timeOf(since), untilMs: timeOf(until), afterOffset: after};
      const {tenant, devices} = await rowsOf(ports, request, platform);
      const choose = tailFilter(request.query, new DeviceLabels(ports, callerOf(request)));
      const asked = {tenant, choose, query: {device, type, devices, ...range, limit: last ?? limit}};
      const gone = new AbortController();
      reply.raw.once('close', () => gone.abort());
      if (last !== undefined) {
        const {events} = await newestStored(ports, asked, gone.signal);
        return {items: events.map(toCloudEvent), nextCursor: null};
      }
      const {events, next} = await firstStored(ports, asked, gone.signal);
      return {items: events.map(toCloudEvent), nextCursor: next === undefined ? null : String(next)};
    },
  });
}

function tailRoute(server: Server, ports: ApiPorts): void {
  let tails = 0;
  server.route({
    method: 'GET',
    url: '/v1/events/tail',
    exposeHeadRoute: false,
    config: {permission: 'event:read'},
    schema: {
      summary: 'Stored events, then live ones, as server-sent events; Last-Event-ID resumes',
      querystring: tailQuery,
      response: {200: {description: 'Events', content: {'text/event-stream': {schema: z.string()}}}},
    },
    async handler(request, reply) {
      const {platform} = request.query;
      const {tenant, devices} = await rowsOf(ports, request, platform);
      const asked = tailRequestOf(tenant, request.query, request.headers['last-event-id']);
      const choose = tailFilter(request.query, new DeviceLabels(ports, callerOf(request)));
      if (tails >= TAILS_MAX)
        throw new IotctlError('IOT_PART_UNAVAILABLE', `${TAILS_MAX} tails are open already`);
      // Who sees all now may be limited tomorrow.
      const view = platform ? undefined : new DeviceView(ports, request, devices);
      const ended = new AbortController();
      tails++;
      reply.raw.once('close', () => {
        tails--;
        view?.close();
        ended.abort();
      });
      const out = lazily(() => {
        reply.hijack();
        return new EventStreamReply(reply.raw);
      });
      const failed = (error: unknown): void => out.get().fail(server.translate(error, request.id));
      const onPassed = (offset: number): void => out.get().passed(offset);
      const groups = tail(ports, {...asked, devices, visible: view?.has, choose, onPassed}, ended.signal);
      // What is wrong with the request shows with the first group, while there still is a status to say it with.
      const first = groups.next();
      await first.catch((error: unknown) => {
        if (!out.made) throw error;
      });
      const unwatch = watchToken(ports, request, error => {
        failed(error);
        out.get().end();
        ended.abort();
      });
      await copy(groups, first, out.get()).catch(failed).finally(unwatch);
      out.get().end();
    },
  });
}

/** Made when it is asked for first. */
function lazily<Thing>(make: () => Thing): {get(): Thing; readonly made: boolean} {
  let thing: Thing | undefined;
  return {
    get: () => (thing ??= make()),
    get made() {
      return thing !== undefined;
    },
  };
}

/** Whose events, and of which devices. The platform’s own need the right to read the platform. */
async function rowsOf(
  ports: ApiPorts,
  request: FastifyRequest,
  platform: boolean,
): Promise<{tenant: string; devices: string[] | undefined}> {
  const caller = callerOf(request);
  if (!platform) return {tenant: caller.tenant, devices: await visibleDevices(ports, request)};
  requirePermission(caller, 'platform:read');
  return {tenant: PLATFORM, devices: undefined};
}

async function copy(groups: TailGroups, first: ReturnType<TailGroups['next']>, out: EventStreamReply) {
  try {
    for (let group = await first; !group.done; group = await groups.next()) {
      if (group.value.length === 0) out.ready();
      else await out.send(group.value);
    }
  } finally {
    await groups.return();
  }
}

function tailRequestOf(
  tenant: string,
  {since, after, last, device, type, follow}: TailQuery,
  lastEventId: string | string[] | undefined,
): TailRequest {
  const resumed = resumeAfter(lastEventId);
  // Whoever resumes has seen all until there, and wants all from there on.
  const from =
    resumed === undefined ? {sinceMs: timeOf(since), afterOffset: after, last} : {afterOffset: resumed};
  return {tenant, device, type, follow, ...from};
}

/** A browser's EventSource sends the id of the last event that it got, beside the query that it began with. */
function resumeAfter(header: string | string[] | undefined): number | undefined {
  if (typeof header !== 'string' || !/^\d{1,15}$/.test(header)) return undefined;
  return Number(header);
}
