import {collectDefaultMetrics} from 'prom-client';
import {z} from 'zod';
import {PlatformMetrics} from '../metrics/platform-metrics.js';
import type {ApiPorts} from '../ports.js';
import type {Server} from '../server.js';

export function metricsRoute(server: Server, ports: ApiPorts): void {
  const registry = server.metrics;
  const platform = new PlatformMetrics(registry);
  let hasProcess = false;
  server.route({
    method: 'GET',
    url: '/metrics',
    exposeHeadRoute: false,
    config: {permission: 'platform:read'},
    schema: {
      summary: 'Every part of the platform in Prometheus’ text format',
      response: {200: {description: 'Metrics', content: {[registry.contentType]: {schema: z.string()}}}},
    },
    async handler(_, reply) {
      // They watch the event loop and the garbage collector: only where somebody wants to know.
      if (!hasProcess) collectDefaultMetrics({register: registry});
      hasProcess = true;
      platform.show(await ports.status());
      return reply.type(registry.contentType).send(await registry.metrics());
    },
  });
}
