/** Tenants of the fake platform. */
import type {FastifyInstance, FastifyReply} from 'fastify';
import {NO_QUOTAS, type Quotas, type QuotaUsage, type Tenant} from '../../src/domain/tenant.js';
import {createdTokenOf} from './fake-people.js';
import {NOW, problem} from './fake-problem.js';

export interface FakeTenants {
  readonly tenants: Map<string, Tenant>;
  /** What the tenant of the tests may use, and uses. */
  quotas: {quotas: Quotas; usage: QuotaUsage};
}

export const noTenants = (): FakeTenants => ({
  tenants: new Map(),
  quotas: {quotas: NO_QUOTAS, usage: NO_QUOTAS},
});

export const tenantOf = (id: string, more: Partial<Tenant> = {}): Tenant => ({
  id,
  state: 'active',
  reason: null,
  quotas: NO_QUOTAS,
  createdAt: NOW,
  changedAt: NOW,
  ...more,
});

interface WithId {
  Params: {id: string};
}

export function tenantRoutes(server: FastifyInstance, fake: FakeTenants): void {
  const {tenants} = fake;
  const change = (reply: FastifyReply, id: string, more: Partial<Tenant>) => {
    const tenant = tenants.get(id);
    if (tenant === undefined) return problem(reply, 'IOT_TENANT_UNKNOWN', `no tenant ${id}`);
    tenants.set(id, {...tenant, ...more});
    return reply.send(tenants.get(id));
  };
  server.post<{Body: {id: string; quotas?: Partial<Quotas>; admin?: string}}>(
    '/v1/tenants',
    async ({body}, reply) => {
      const {id, quotas, admin} = body;
      if (tenants.has(id)) return problem(reply, 'IOT_TENANT_EXISTS', `tenant ${id} exists`);
      tenants.set(id, tenantOf(id, {quotas: {...NO_QUOTAS, ...quotas}}));
      const roles = [{role: 'tenant-admin', selector: null}] as const;
      const token = admin === undefined ? null : createdTokenOf(admin, {tenant: id, roles});
      return reply.code(201).send({tenant: tenants.get(id), token});
    },
  );
  server.get('/v1/tenants', async () => ({items: [...tenants.values()]}));
  server.get<WithId>('/v1/tenants/:id', async ({params: {id}}, reply) => change(reply, id, {}));
  server.post<WithId & {Body: {reason: string}}>('/v1/tenants/:id/suspend', async ({params, body}, reply) =>
    change(reply, params.id, {state: 'suspended', reason: body.reason}),
  );
  server.post<WithId>('/v1/tenants/:id/resume', async ({params}, reply) =>
    change(reply, params.id, {state: 'active', reason: null}),
  );
  server.put<WithId & {Body: Partial<Quotas>}>(
    '/v1/tenants/:id/quotas',
    async ({params: {id}, body}, reply) =>
      change(reply, id, {quotas: {...(tenants.get(id)?.quotas ?? NO_QUOTAS), ...body}}),
  );
  server.delete<WithId & {Querystring: {force?: string}}>(
    '/v1/tenants/:id',
    async ({params, query}, reply) => {
      const tenant = tenants.get(params.id);
      if (tenant === undefined) return problem(reply, 'IOT_TENANT_UNKNOWN', `no tenant ${params.id}`);
      if (tenant.state === 'active' && query.force !== 'true') {
        return problem(reply, 'IOT_CONFLICT', `tenant ${params.id} is not suspended`);
      }
      tenants.delete(params.id);
      return reply.code(204).send();
    },
  );
  server.post<WithId & {Body: {reason: string; minutes: number; role: 'auditor'}}>(
    '/v1/tenants/:id/break-glass',
    async ({params: {id}, body}, reply) => {
      if (!tenants.has(id)) return problem(reply, 'IOT_TENANT_UNKNOWN', `no tenant ${id}`);
      const roles = [{role: body.role, selector: null}];
      return reply
        .code(201)
        .send(createdTokenOf('break-glass-1', {kind: 'break-glass', tenant: id, roles, expiresAt: NOW}));
    },
  );
  server.get('/v1/quotas', async () => fake.quotas);
}
