/**
 * Looks now and then at what tenants use of the quotas that are not about rates: near one the tenant is warned by an
 * event, once each time; when its storage is full, the gateway takes nothing more of it.
 */
import type {TenantAdmin} from '../admin/tenant-admin.js';
import {type NewEvent, ownEvent} from '../domain/event.js';
import {QUOTA_WARNING_RATIO, type QuotaName} from '../domain/tenant.js';

export interface QuotaWatchParts {
  readonly tenants: Pick<TenantAdmin, 'list' | 'quotas'>;
  readonly publishEvent: (event: NewEvent) => Promise<unknown>;
  readonly setStorageFull: (change: {tenant: string; full: boolean}) => void;
  readonly onFault: (error: Error) => void;
}

const WATCHED: readonly QuotaName[] = ['devices', 'users', 'storageBytes', 'retainedMessages'];

const EVERY_MS = 5000;

export class QuotaWatch {
  readonly #parts: QuotaWatchParts;
  readonly #timer: NodeJS.Timeout;
  readonly #told = new Set<string>();
  /** Tenants that had a quota when it looked last. */
  readonly #limited = new Set<string>();
  #looking: Promise<void> | undefined;

  constructor(parts: QuotaWatchParts) {
    this.#parts = parts;
    this.#timer = setInterval(() => {
      // The first look at very many files can take longer than that.
      this.#looking ??= this.look()
        .catch(parts.onFault)
        .finally(() => {
          this.#looking = undefined;
        });
    }, EVERY_MS).unref();
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.#looking;
  }

  async look(): Promise<void> {
    for (const {id, quotas} of await this.#parts.tenants.list()) {
      const isLimited = WATCHED.some(name => quotas[name] !== null);
      // Once more without a limit: what was full is so no longer.
      if (isLimited || this.#limited.has(id)) await this.#lookAt(id);
      if (isLimited) this.#limited.add(id);
      else this.#limited.delete(id);
    }
  }

  async #lookAt(tenant: string): Promise<void> {
    const {quotas, usage} = await this.#parts.tenants.quotas(tenant);
    for (const quota of WATCHED) {
      const limit = quotas[quota];
      const used = usage[quota];
      if (quota === 'storageBytes')
        this.#parts.setStorageFull({tenant, full: limit !== null && used !== null && used >= limit});
      await this.#tell(tenant, {quota, used: used ?? 0, limit: limit ?? Number.POSITIVE_INFINITY});
    }
  }

  async #tell(tenant: string, data: {quota: QuotaName; used: number; limit: number}): Promise<void> {
    for (const [type, share] of [
      ['quota.warning', QUOTA_WARNING_RATIO],
      ['quota.exceeded', 1],
    ] as const) {
      const key = `${tenant} ${data.quota} ${type}`;
      const reached = data.limit > 0 && data.used >= data.limit * share;
      if (!reached) this.#told.delete(key);
      if (!reached || this.#told.has(key)) continue;
      this.#told.add(key);
      await this.#parts.publishEvent(ownEvent({tenant, type, data}));
    }
  }
}
