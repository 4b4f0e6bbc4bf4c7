import type {ServerResponse} from 'node:http';
import {z} from 'zod';
import {IotctlError} from '../../domain/errors.js';
import type {ApiPorts} from '../ports.js';
import {queryFlag, queryNumber} from '../schemas.js';
import {watchToken} from '../security.js';
import type {Server} from '../server.js';

const LINES_MAX = 10_000;
const FOLLOWERS_MAX = 50;

/** A follower that leaves more than this unread is cut off: the log itself has every line. */
const UNREAD_BYTES_MAX = 4 * 1024 * 1024;

export function logRoutes(server: Server, ports: ApiPorts): void {
  const followers = new Set<ServerResponse>();
  server.route({
    method: 'GET',
    url: '/v1/logs',
    exposeHeadRoute: false,
    config: {permission: 'platform:read'},
    schema: {
      summary: 'The platform’s log, as text',
      querystring: z.strictObject({
        lines: queryNumber(0, LINES_MAX).default(100),
        follow: queryFlag.default(false),
      }),
      response: {200: {description: 'Lines', content: {'text/plain': {schema: z.string()}}}},
    },
    async handler(request, reply) {
      const {lines, follow} = request.query;
      if (!follow) {
        const text = (await ports.recentLog(lines)).map(line => `${line}\n`).join('');
        return reply.type('text/plain; charset=utf-8').send(text);
      }
      if (followers.size >= FOLLOWERS_MAX)
        throw new IotctlError('IOT_PART_UNAVAILABLE', `${FOLLOWERS_MAX} readers follow the log already`);
      const {raw} = reply;
      followers.add(raw);
      const log = followLog(ports, raw);
      const unwatch = watchToken(ports, request, () => raw.destroy());
      raw.once('close', () => {
        followers.delete(raw);
        log.stop();
        unwatch();
      });
      const recent = await ports.recentLog(lines);
      reply.hijack();
      raw.writeHead(200, {
        'content-type': 'text/plain; charset=utf-8',
        'cache-control': 'no-store',
        'x-content-type-options': 'nosniff',
      });
      raw.flushHeaders();
      log.start(recent);
    },
  });
}

/** Collects from now on, and writes once told to: what comes while the recent lines are read is not lost. */
function followLog(ports: ApiPorts, out: ServerResponse) {
  let waiting: string[] | undefined = [];
  const write = (line: string): void => {
    if (out.writableLength > UNREAD_BYTES_MAX) out.destroy();
    else out.write(`${line}\n`);
  };
  const stop = ports.onLogLine(line => {
    if (waiting) waiting.push(line);
    else write(line);
  });
  return {
    stop,
    start(recent: readonly string[]): void {
      const known = new Set(recent);
      for (const line of recent) write(line);
      // A line of the meantime may be in the file already.
      for (const line of waiting ?? []) if (!known.has(line)) write(line);
      waiting = undefined;
    },
  };
}
