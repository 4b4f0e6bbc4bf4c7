/** The audit log as it is asked for: a tenant's own, or the platform's. */
import type {AuditVerdict} from '../domain/audit.js';
import type {AuditPage, AuditQuery} from '../registry/audit-query.js';
import type {Registry} from '../registry/registry.js';

export class AuditAdmin {
  readonly #registry: Registry;

  constructor(registry: Registry) {
    this.#registry = registry;
  }

  list(tenant: string, query: AuditQuery): Promise<AuditPage> {
    return this.#registry.audit.list(tenant, query);
  }

  verify(tenant: string): Promise<AuditVerdict> {
    return this.#registry.audit.verify(tenant);
  }

  /** NDJSON lines that verify on their own. The last record is vouched for by a checkpoint made now. */
  async *export(tenant: string): AsyncGenerator<string> {
    await this.#registry.audit.checkpoint(tenant, Date.now());
    yield* this.#registry.audit.export(tenant);
  }
}
