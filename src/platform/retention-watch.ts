/** Applies what tenants say about how long their data is kept, now and then: one after the other, and the platform's own. */
import {fromPolicy} from '../admin/origin.js';
import type {RetentionAdmin} from '../admin/retention-admin.js';
import type {TenantAdmin} from '../admin/tenant-admin.js';
import {PLATFORM} from '../domain/tenant.js';

export interface RetentionWatchParts {
  readonly tenants: Pick<TenantAdmin, 'list'>;
  readonly retention: Pick<RetentionAdmin, 'run'>;
  readonly onFault: (error: Error) => void;
}

const EVERY_MS = 10 * 60_000;
/** A platform that starts has other things to do first. */
const FIRST_MS = 60_000;

export class RetentionWatch {
  readonly #parts: RetentionWatchParts;
  #timer: NodeJS.Timeout;
  #closed = false;

  constructor(parts: RetentionWatchParts) {
    this.#parts = parts;
    this.#timer = this.#lookIn(FIRST_MS);
  }

  /** A run that is under way ends with the store. */
  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
  }

  #lookIn(delayMs: number): NodeJS.Timeout {
    return setTimeout(() => {
      void this.#look()
        .catch(this.#parts.onFault)
        .finally(() => {
          if (!this.#closed) this.#timer = this.#lookIn(EVERY_MS);
        });
    }, delayMs).unref();
  }

  /** A tenant whose data cannot be moved just now keeps no other waiting. */
  async #look(): Promise<void> {
    const {tenants, retention, onFault} = this.#parts;
    const ids = (await tenants.list()).map(({id}) => id);
    for (const id of [...ids, PLATFORM]) {
      if (this.#closed) return;
      await retention.run(fromPolicy('retention'), id).catch(onFault);
    }
  }
}
