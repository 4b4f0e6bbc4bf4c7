/** How questions reach a tenant's file: within a time, so many at once; and what goes wrong is told as what it is. */
import {IotctlError} from '../domain/errors.js';
import type {Freshness} from '../domain/stats.js';
import {bounded} from './bounded.js';
import {Slots} from './slots.js';
import type {StoreConsumer} from './store-consumer.js';
import {isFatal, queryError} from './store-errors.js';
import type {TenantDatabase} from './tenant-database.js';
import type {TenantFiles} from './tenant-files.js';

/** So many may wait for a slot. */
export const WAITING_MAX = 32;

export interface WorkBounds {
  readonly slots: Slots;
  readonly timeoutMs: number;
  readonly cancel?: AbortSignal | undefined;
}

export class StoreAccess {
  /** Questions that wait until the store has caught up. */
  readonly #waits = new Slots(WAITING_MAX, WAITING_MAX);
  readonly #closing = new AbortController();

  constructor(
    private readonly files: TenantFiles,
    private readonly consumer: StoreConsumer,
  ) {}

  /** Ends whatever is at work. */
  close(): void {
    this.#closing.abort(new IotctlError('IOT_PART_UNAVAILABLE', 'the store is being closed'));
  }

  /** Throws what `query` of the store throws for a file that cannot be used. */
  async using<T>(tenant: string, use: (database: TenantDatabase) => Promise<T>): Promise<T> {
    const {problem} = this.consumer;
    let database: TenantDatabase | undefined;
    try {
      database = await this.files.get(tenant);
      return await use(database);
    } catch (error) {
      if (database !== undefined && isFatal(error)) this.consumer.giveUp(database);
      // While the writer is blocked the reason is its reason: the instance is about to be closed and opened again.
      if (problem !== undefined && !isOfTheQuery(error)) throw problem;
      throw queryError(error, this.files.folder);
    }
  }

  /** What an answer has that is asked for now; with `consistent`, once it has all that was in the stream. */
  async freshness(
    tenant: string,
    {consistent, limited, timeoutMs}: {consistent?: boolean | undefined; limited: boolean; timeoutMs: number},
    cancel: AbortSignal | undefined,
  ): Promise<Freshness> {
    if (consistent === true) {
      const caughtUp = this.consumer.catchUp();
      await this.within({slots: this.#waits, timeoutMs, cancel}, () => caughtUp).catch((error: unknown) => {
        throw this.consumer.problem ?? error;
      });
    }
    const {position, lag} = this.consumer;
    const {nextOffset, lastEventMs} = await this.using(tenant, async ({progress}) => progress);
    // Who is limited to some devices learns nothing of the others.
    const lastMs = limited ? undefined : lastEventMs;
    return {
      completeTo: Math.max(position, nextOffset),
      lag,
      lastEventAt: lastMs === undefined ? null : new Date(lastMs).toISOString(),
    };
  }

  /** One of so many at once. Throws `IOT_QUERY_TIMEOUT`, `IOT_PART_UNAVAILABLE`, or the reason of `cancel`. */
  within<T>({slots, timeoutMs, cancel}: WorkBounds, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    return bounded({slots, restMs: timeoutMs, timeoutMs, endings: this.endings(cancel)}, work);
  }

  /** What ends work early. */
  endings(cancel: AbortSignal | undefined): AbortSignal[] {
    return [this.#closing.signal, ...(cancel ? [cancel] : [])];
  }
}

const isOfTheQuery = (error: unknown): boolean =>
  error instanceof IotctlError && error.code.startsWith('IOT_QUERY_');
