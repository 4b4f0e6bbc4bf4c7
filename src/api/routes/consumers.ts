import type {FastifyRequest} from 'fastify';
import {z} from 'zod';
import {deviceScope} from '../../domain/access.js';
import type {Consumer, ConsumerFilter, ConsumerTarget} from '../../domain/consumer.js';
import {IotctlError} from '../../domain/errors.js';
import {parseSelector} from '../../domain/selector.js';
import {parseCondition} from '../../expression/condition.js';
import {callerOf, originOf, requirePermission} from '../access.js';
import {consumerSchema, newConsumerSchema} from '../consumer-schema.js';
import {beginningAt} from '../offset-before.js';
import type {ApiPorts} from '../ports.js';
import type {Server} from '../server.js';

const nameParams = z.object({name: z.string()});

export function consumerRoutes(server: Server, ports: ApiPorts): void {
  const {consumers} = ports.admin;
  const withLag = (consumer: Consumer): Consumer & {lag: number} => ({
    ...consumer,
    lag: Math.max(0, ports.stream.head() - 1 - consumer.offset),
  });

  server.route({
    method: 'GET',
    url: '/v1/consumers',
    config: {permission: 'consumer:read'},
    schema: {
      summary: 'Who is sent events, how far each has come, and what is wrong',
      response: {200: z.object({items: z.array(consumerSchema)})},
    },
    handler: async request => ({items: (await consumers.list(callerOf(request).tenant)).map(withLag)}),
  });

  server.route({
    method: 'POST',
    url: '/v1/consumers',
    config: {permission: 'consumer:create'},
    schema: {
      summary: 'Send events of the tenant somewhere, from now on or from where it says',
      body: newConsumerSchema,
      response: {201: z.object({consumer: consumerSchema, signingSecret: z.string().optional()})},
    },
    async handler(request, reply) {
      const {name, target, secret, filter, from, ...pace} = request.body;
      requireReach(request, target);
      checkFilter(filter);
      const {tenant} = callerOf(request);
      const offset = await beginningAt(ports, tenant, from);
      const wanted = {name, target, secret, filter, pace, offset};
      const {consumer, signingSecret} = await consumers.create(originOf(request), tenant, wanted);
      return reply.status(201).send({
        consumer: withLag(consumer),
        ...(signingSecret === undefined ? {} : {signingSecret}),
      });
    },
  });

  server.route({
    method: 'GET',
    url: '/v1/consumers/:name',
    config: {permission: 'consumer:read'},
    schema: {summary: 'One of them', params: nameParams, response: {200: consumerSchema}},
    handler: async request => withLag(await consumers.get(callerOf(request).tenant, request.params.name)),
  });

  server.route({
    method: 'DELETE',
    url: '/v1/consumers/:name',
    config: {permission: 'consumer:delete'},
    schema: {
      summary: 'Send it nothing more, and forget what could not be delivered',
      params: nameParams,
      response: {204: z.null()},
    },
    async handler(request, reply) {
      await consumers.remove(originOf(request), callerOf(request).tenant, request.params.name);
      return reply.status(204).send(null);
    },
  });

  for (const [verb, state, summary] of [
    ['pause', 'paused', 'Send it nothing for a while; it goes on where it was'],
    ['resume', 'running', 'Go on where it was'],
  ] as const)
    server.route({
      method: 'POST',
      url: `/v1/consumers/:name/${verb}`,
      config: {permission: 'consumer:update'},
      schema: {summary, params: nameParams, response: {200: consumerSchema}},
      handler: async request =>
        withLag(
          await consumers.setState(originOf(request), callerOf(request).tenant, request.params.name, state),
        ),
    });

  server.route({
    method: 'POST',
    url: '/v1/consumers/:name/seek',
    config: {permission: 'consumer:update'},
    schema: {
      summary:
        'Go on at the beginning, now, an offset or a time: forwards it misses events, backwards it gets them again',
      params: nameParams,
      body: z.strictObject({to: z.string()}),
      response: {200: consumerSchema},
    },
    async handler(request) {
      const {tenant} = callerOf(request);
      const offset = await beginningAt(ports, tenant, request.body.to);
      return withLag(await consumers.seek(originOf(request), tenant, request.params.name, offset));
    },
  });
}

/** Events of all devices leave; and commands and private addresses are the platform's, not the tenant's. */
function requireReach(request: FastifyRequest, target: ConsumerTarget): void {
  const caller = callerOf(request);
  requirePermission(caller, 'event:read');
  if (deviceScope(caller.access, 'event:read') !== 'all')
    throw new IotctlError('IOT_FORBIDDEN', 'this caller may not read the events of all devices');
  if (target.kind === 'exec' || ('allowPrivate' in target && target.allowPrivate))
    requirePermission(caller, 'platform:reach');
}

/** Throws `IOT_EXPRESSION_INVALID` and `IOT_USAGE`. */
function checkFilter({where, exclude, selector}: ConsumerFilter): void {
  if (where !== undefined) parseCondition(where, 'where');
  if (exclude !== undefined) parseCondition(exclude, 'exclude');
  if (selector !== undefined) parseSelector(selector);
}
