import type {Quotas, QuotaUsage, Tenant} from '../domain/tenant.js';
import type {CreatedToken} from '../domain/token.js';
import {type Address, requestJson} from './request.js';

export interface MadeTenant {
  readonly tenant: Tenant;
  /** Of its first administrator, where one was asked for. */
  readonly token: CreatedToken | null;
}

/** Tenants, and what they may use. */
export class TenantApi {
  readonly #address: Address;

  constructor(address: Address) {
    this.#address = address;
  }

  /** `admin` names a token, made with it, that may do everything in it. */
  async create(tenant: {id: string; quotas: Partial<Quotas>; admin?: string}): Promise<MadeTenant> {
    return (await requestJson(this.#address, 'POST', '/v1/tenants', {body: tenant})) as MadeTenant;
  }

  async list(): Promise<{items: Tenant[]}> {
    return (await requestJson(this.#address, 'GET', '/v1/tenants')) as {items: Tenant[]};
  }

  async get(id: string): Promise<Tenant> {
    return (await requestJson(this.#address, 'GET', pathOf(id))) as Tenant;
  }

  async suspend(id: string, reason: string): Promise<Tenant> {
    return (await requestJson(this.#address, 'POST', `${pathOf(id)}/suspend`, {body: {reason}})) as Tenant;
  }

  async resume(id: string): Promise<Tenant> {
    return (await requestJson(this.#address, 'POST', `${pathOf(id)}/resume`)) as Tenant;
  }

  /** What is not named stays as it is. */
  async setQuotas(id: string, quotas: Partial<Quotas>): Promise<Tenant> {
    return (await requestJson(this.#address, 'PUT', `${pathOf(id)}/quotas`, {body: quotas})) as Tenant;
  }

  async remove(id: string, {force}: {force?: boolean} = {}): Promise<void> {
    await requestJson(this.#address, 'DELETE', pathOf(id), {query: {force}});
  }

  /** A token in somebody else's tenant, for a while: both audit logs tell of it. */
  async enter(id: string, entry: {reason: string; minutes: number; role: string}): Promise<CreatedToken> {
    return (await requestJson(this.#address, 'POST', `${pathOf(id)}/break-glass`, {
      body: entry,
    })) as CreatedToken;
  }

  /** Of the tenant that the token belongs to. */
  async ownQuotas(): Promise<{quotas: Quotas; usage: QuotaUsage}> {
    return (await requestJson(this.#address, 'GET', '/v1/quotas')) as {quotas: Quotas; usage: QuotaUsage};
  }
}

const pathOf = (id: string): string => `/v1/tenants/${encodeURIComponent(id)}`;
