/** Requests by what they asked for, how they ended and how long they took. */
import type {FastifyInstance} from 'fastify';
import {Counter, Histogram, Registry} from 'prom-client';

/** From an answer out of memory to a query that runs into its time limit. */
const BUCKETS_SEC = [0.005, 0.025, 0.1, 0.25, 1, 2.5, 10, 30];

const SECOND_MS = 1000;

declare module 'fastify' {
  interface FastifyInstance {
    metrics: Registry;
  }
}

/**
 * Counts what `server` answers from now on; those who are turned away at the door too, if this comes before it. Streams that stay
 * open, such as `tail`, are counted when they end.
 */
export function measureRequests(server: FastifyInstance): void {
  const registry = new Registry();
  server.decorate('metrics', registry);
  const registers = [registry];
  const requests = new Counter({
    name: 'iotctl_http_requests_total',
    help: 'Requests by route and status.',
    labelNames: ['method', 'route', 'status'],
    registers,
  });
  const problems = new Counter({
    name: 'iotctl_http_problems_total',
    help: 'Requests that failed, by route and by the code that their callers were told.',
    labelNames: ['route', 'code'],
    registers,
  });
  const durations = new Histogram({
    name: 'iotctl_http_request_duration_seconds',
    help: 'From a request’s head to the end of its answer.',
    labelNames: ['method', 'route'],
    buckets: BUCKETS_SEC,
    registers,
  });
  server.addHook('onRequest', (request, reply, done) => {
    const startMs = performance.now();
    reply.raw.once('close', () => {
      // Whatever else somebody asks for is one thing here: it must not make new series.
      const route = request.is404 ? 'none' : (request.routeOptions.url ?? 'none');
      const {method} = request;
      requests.inc({method, route, status: String(reply.raw.statusCode)});
      durations.observe({method, route}, (performance.now() - startMs) / SECOND_MS);
      if (reply.problemCode !== undefined) problems.inc({route, code: reply.problemCode});
    });
    done();
  });
}
