import type {FastifyRequest} from 'fastify';
import {z} from 'zod';
import {type LifeChange, REASON_CHARACTERS_MAX} from '../../admin/device-step.js';
import type {Device} from '../../domain/device.js';
import {ADMIN_ACTIONS, type AdminAction} from '../../domain/lifecycle.js';
import type {Permission} from '../../domain/permission.js';
import {callerOf, originOf, requireDevice} from '../access.js';
import {ifVersionOf, replyWithDevice} from '../entity-tag.js';
import type {ApiPorts} from '../ports.js';
import {deviceSchema, deviceUpdateSchema, idParams, queryFlag} from '../schemas.js';
import type {Server} from '../server.js';

const reason = z.string().trim().min(1).max(REASON_CHARACTERS_MAX);
const optionalReason = z.strictObject({reason: reason.optional()});
const neededReason = z.strictObject({reason});

const SUMMARIES: Readonly<Record<AdminAction, string>> = {
  disable: 'Keep a device out: its connection ends, nothing is delivered to it',
  enable: 'Let a disabled device, or one in maintenance, work again',
  maintain: 'Take a device out for maintenance: it stays connected, commands need force',
  quarantine: 'Keep a suspicious device out until it is released',
  release: 'Let a quarantined device work again',
};

export function lifeRoutes(server: Server, ports: ApiPorts): void {
  const {lives} = ports.admin;
  for (const action of ADMIN_ACTIONS)
    step(
      server,
      ports,
      {
        verb: action,
        permission: 'device:maintain',
        summary: SUMMARIES[action],
        needsReason: action === 'release',
      },
      (request, of, change) => lives.act(originOf(request), of, action, change),
    );
  step(
    server,
    ports,
    {
      verb: 'reset-health',
      permission: 'device:maintain',
      summary: 'Say that a device which reported tampering was looked at',
      needsReason: true,
    },
    (request, of, change) =>
      lives.resetHealth(originOf(request), of, {...change, reason: change.reason ?? ''}),
  );
  step(
    server,
    ports,
    {
      verb: 'retire',
      permission: 'device:retire',
      summary: 'Retire a device: its connection ends, its credentials stop, its history stays',
      needsReason: false,
    },
    (request, of, change) => lives.retire(originOf(request), of, change),
  );
  step(
    server,
    ports,
    {
      verb: 'disown',
      permission: 'device:disown',
      summary: 'Let go of a device: its connection ends, its credentials stop, it can be claimed again',
      needsReason: false,
    },
    (request, of, change) => lives.disown(originOf(request), of, change),
  );
  step(
    server,
    ports,
    {
      verb: 'purge',
      permission: 'device:delete',
      summary: 'Erase what a retired device said and what was written about it; its id stays',
      needsReason: false,
    },
    (request, of, change) => lives.purge(originOf(request), of, change),
  );
  updateRoute(server, ports);
  deleteRoute(server, ports);
}

/** `POST /v1/devices/{id}/{verb}` with a reason, which is kept and shown. */
function step(
  server: Server,
  ports: ApiPorts,
  {
    verb,
    permission,
    summary,
    needsReason,
  }: {verb: string; permission: Permission; summary: string; needsReason: boolean},
  take: (request: FastifyRequest, of: {tenant: string; id: string}, change: LifeChange) => Promise<Device>,
): void {
  server.route({
    method: 'POST',
    url: `/v1/devices/:id/${verb}`,
    config: {permission},
    schema: {
      summary,
      params: idParams,
      body: needsReason ? neededReason : optionalReason.nullish(),
      response: {200: deviceSchema},
    },
    async handler(request, reply) {
      const {id} = request.params;
      await requireDevice(ports, request, id);
      const change = {reason: request.body?.reason, ifVersion: ifVersionOf(request)};
      return replyWithDevice(reply, await take(request, {tenant: callerOf(request).tenant, id}, change));
    },
  });
}

function updateRoute(server: Server, ports: ApiPorts): void {
  server.route({
    method: 'PATCH',
    url: '/v1/devices/:id',
    config: {permission: 'device:update'},
    schema: {
      summary: 'Change labels, metadata, components, model or gateways; a null takes an entry away',
      params: idParams,
      body: deviceUpdateSchema,
      response: {200: deviceSchema},
    },
    async handler(request, reply) {
      const {id} = request.params;
      await requireDevice(ports, request, id);
      const of = {tenant: callerOf(request).tenant, id};
      const update = {...request.body, ifVersion: ifVersionOf(request)};
      return replyWithDevice(reply, await ports.admin.lives.update(originOf(request), of, update));
    },
  });
}

function deleteRoute(server: Server, ports: ApiPorts): void {
  server.route({
    method: 'DELETE',
    url: '/v1/devices/:id',
    config: {permission: 'device:delete'},
    schema: {
      summary: 'Delete a retired device; its id becomes free',
      params: idParams,
      querystring: z.strictObject({force: queryFlag.default(false)}),
      response: {204: z.null()},
    },
    async handler(request, reply) {
      const {id} = request.params;
      await requireDevice(ports, request, id);
      await ports.admin.lives.remove(
        originOf(request),
        {tenant: callerOf(request).tenant, id},
        request.query,
      );
      return reply.status(204).send(null);
    },
  });
}
