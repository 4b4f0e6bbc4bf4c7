/** Tenants: what the platform's administrators do with them. They read nothing of a tenant's but through `enter`. */
import {randomUUID} from 'node:crypto';
import {IotctlError} from '../domain/errors.js';
import type {Role} from '../domain/permission.js';
import type {QuotaChange, Quotas, QuotaUsage, Tenant} from '../domain/tenant.js';
import {PLATFORM} from '../domain/tenant.js';
import type {CreatedToken} from '../domain/token.js';
import type {Registry} from '../registry/registry.js';
import type {Changes} from './changes.js';
import type {IdentityNews} from './news.js';
import {nameOf, type Origin} from './origin.js';

/** What of a tenant lies outside of the registry. */
export interface TenantData {
  usage(
    tenant: string,
  ): Promise<
    Pick<QuotaUsage, 'connections' | 'publishesPerSec' | 'bytesPerSec' | 'storageBytes' | 'retainedMessages'>
  >;
  /** Deletes its database, sessions and retained messages. */
  erase(tenant: string): Promise<void>;
}

export interface EnterRequest {
  readonly reason: string;
  readonly minutes: number;
  readonly role: Role;
}

export class TenantAdmin {
  readonly #registry: Registry;
  readonly #changes: Changes;
  readonly #news: IdentityNews;
  readonly #data: TenantData;

  constructor(parts: {registry: Registry; changes: Changes; news: IdentityNews; data: TenantData}) {
    this.#registry = parts.registry;
    this.#changes = parts.changes;
    this.#news = parts.news;
    this.#data = parts.data;
  }

  list(): Promise<Tenant[]> {
    return this.#registry.tenants.list();
  }

  get(id: string): Promise<Tenant> {
    return this.#registry.tenants.get(id);
  }

  /** With `admin`, a token of that name that may do everything in the tenant. */
  async create(
    origin: Origin,
    {id, quotas, admin}: {id: string; quotas: QuotaChange; admin?: string | undefined},
  ): Promise<{tenant: Tenant; token: CreatedToken | null}> {
    const change = {tenant: PLATFORM, action: 'tenant:create', target: `tenant/${id}`};
    return await this.#changes.apply(origin, change, async registry => {
      const nowMs = Date.now();
      const tenant = await registry.tenants.create(id, quotas, nowMs);
      const roles = [{role: 'tenant-admin', selector: null}] as const;
      const token =
        admin === undefined
          ? null
          : await registry.tokens.create(id, {name: admin, roles, createdBy: nameOf(origin)}, nowMs);
      return {result: {tenant, token}, after: {tenant, admin: admin ?? null}};
    });
  }

  /** All its connections end; its HTTP requests are refused with the reason. */
  async suspend(origin: Origin, id: string, reason: string): Promise<Tenant> {
    if (origin.caller?.tenant === id)
      throw new IotctlError(
        'IOT_CONFLICT',
        `tenant ${id} is your own: nobody could resume it with this token`,
      );
    const tenant = await this.#change(origin, 'tenant:suspend', {id, reason}, registry =>
      registry.tenants.suspend(id, reason, Date.now()),
    );
    this.#news.tenant({tenant: id, usable: false});
    return tenant;
  }

  async resume(origin: Origin, id: string): Promise<Tenant> {
    const tenant = await this.#change(origin, 'tenant:resume', {id}, registry =>
      registry.tenants.resume(id, Date.now()),
    );
    this.#news.tenant({tenant: id, usable: true});
    return tenant;
  }

  async setQuotas(origin: Origin, id: string, quotas: QuotaChange): Promise<Tenant> {
    const tenant = await this.#change(origin, 'tenant:quotas', {id}, registry =>
      registry.tenants.setQuotas(id, quotas, Date.now()),
    );
    this.#news.tenant({tenant: id, usable: tenant.state === 'active'});
    return tenant;
  }

  /** Everything of it goes but its audit log; the id is never given again. */
  async remove(origin: Origin, id: string, options: {force: boolean}): Promise<void> {
    if (origin.caller?.tenant === id) throw new IotctlError('IOT_CONFLICT', `tenant ${id} is your own`);
    const change = {tenant: PLATFORM, action: 'tenant:delete', target: `tenant/${id}`};
    await this.#changes.apply(origin, change, async registry => {
      const before = await registry.tenants.get(id);
      await registry.tenants.remove(id, options, Date.now());
      return {result: undefined, before};
    });
    this.#news.tenant({tenant: id, usable: false});
    await this.#data.erase(id);
  }

  /**
   * Break-glass: a token in someone else's tenant, for a reason and a while. It is recorded in both audit logs, and
   * everything done with it in the tenant's.
   */
  async enter(origin: Origin, id: string, {reason, minutes, role}: EnterRequest): Promise<CreatedToken> {
    if (role === 'platform-admin')
      throw new IotctlError('IOT_REQUEST_INVALID', 'a role within the tenant is needed');
    const change = {tenant: PLATFORM, action: 'tenant:enter', target: `tenant/${id}`, reason};
    return await this.#changes.apply(origin, change, async registry => {
      await registry.tenants.get(id);
      const nowMs = Date.now();
      const token = {
        name: `break-glass-${randomUUID()}`,
        kind: 'break-glass',
        roles: [{role, selector: null}],
        createdBy: `${nameOf(origin)}@${origin.caller?.tenant}`,
        expiresMs: nowMs + minutes * 60_000,
      } as const;
      const result = await registry.tokens.create(id, token, nowMs);
      const after = {role, minutes, token: token.name};
      await this.#changes.announce(
        origin,
        {...change, tenant: id, target: `token/${token.name}`},
        after,
        registry,
      );
      return {result, after};
    });
  }

  /** What the tenant may use and what it uses. */
  async quotas(id: string): Promise<{quotas: Quotas; usage: QuotaUsage}> {
    const {quotas} = await this.#registry.tenants.get(id);
    const [devices, users, usage] = await Promise.all([
      this.#registry.tenants.count(id, 'devices'),
      this.#registry.tenants.count(id, 'users'),
      this.#data.usage(id),
    ]);
    return {quotas, usage: {devices, users, ...usage}};
  }

  async #change(
    origin: Origin,
    action: string,
    {id, reason}: {id: string; reason?: string},
    work: (registry: Registry) => Promise<Tenant>,
  ): Promise<Tenant> {
    const change = {tenant: PLATFORM, action, target: `tenant/${id}`, reason};
    return await this.#changes.apply(origin, change, async registry => {
      const before = await registry.tenants.get(id);
      const after = await work(registry);
      return {result: after, before, after};
    });
  }
}
