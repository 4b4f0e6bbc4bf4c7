/** What follows by itself in a tenant from what its devices say. */
import type {TenantPolicy} from '../domain/tenant.js';
import type {Registry} from '../registry/registry.js';
import type {Changes} from './changes.js';
import type {Origin} from './origin.js';

export class PolicyAdmin {
  readonly #registry: Registry;
  readonly #changes: Changes;

  constructor({registry, changes}: {registry: Registry; changes: Changes}) {
    this.#registry = registry;
    this.#changes = changes;
  }

  get(tenant: string): Promise<TenantPolicy> {
    return this.#registry.tenants.policy(tenant);
  }

  set(origin: Origin, tenant: string, policy: Partial<TenantPolicy>): Promise<TenantPolicy> {
    const change = {tenant, action: 'policy:update', target: 'policy'};
    return this.#changes.apply(origin, change, async registry => {
      const before = await registry.tenants.policy(tenant);
      const after = await registry.tenants.setPolicy(tenant, policy);
      return {result: after, before, after};
    });
  }
}
