import {collectDefaultMetrics} from 'prom-client';
import {z} from 'zod';
import {CONSUMER_FAMILIES} from '../metrics/consumer-metrics.js';
import {registerFamilies} from '../metrics/family.js';
import {PLATFORM_FAMILIES} from '../metrics/platform-metrics.js';
import type {ApiPorts} from '../ports.js';
import type {Server} from '../server.js';

export function metricsRoute(server: Server, ports: ApiPorts): void {
  const registry = server.metrics;
  const showPlatform = registerFamilies(registry, PLATFORM_FAMILIES);
  const showConsumers = registerFamilies(registry, CONSUMER_FAMILIES);
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
      const [status, consumers] = await Promise.all([ports.status(), ports.consumerStatus()]);
      showPlatform(status);
      showConsumers(consumers);
      return reply.type(registry.contentType).send(await registry.metrics());
    },
  });
}
