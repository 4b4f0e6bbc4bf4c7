import type {TenantPolicy} from '../domain/tenant.js';
import {type Address, requestJson} from './request.js';

/** What follows by itself in the tenant from what its devices say. */
export class PolicyApi {
  readonly #address: Address;

  constructor(address: Address) {
    this.#address = address;
  }

  async get(): Promise<TenantPolicy> {
    return (await requestJson(this.#address, 'GET', '/v1/policy')) as TenantPolicy;
  }

  async set(policy: Partial<TenantPolicy>): Promise<TenantPolicy> {
    return (await requestJson(this.#address, 'PATCH', '/v1/policy', {body: policy})) as TenantPolicy;
  }
}
