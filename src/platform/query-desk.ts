/** In the store thread: the queries that the main thread asked, by its numbers, until they are over or cancelled. */
import {IotctlError} from '../domain/errors.js';
import type {QueryEnd} from '../domain/query.js';
import type {Freshness} from '../domain/stats.js';
import type {QueryRequest, QueryResult} from '../store/query.js';
import type {ResultStream, StreamRequest} from '../store/result-stream.js';
import type {Store} from '../store/store.js';

interface OpenQuery {
  readonly cancel: AbortController;
  readonly startMs: number;
  stream?: ResultStream;
  freshness?: Freshness;
}

export class QueryDesk {
  readonly #store: Store;
  readonly #open = new Map<number, OpenQuery>();

  constructor(store: Store) {
    this.#store = store;
  }

  async query({id, tenant, query}: {id: number; tenant: string; query: QueryRequest}): Promise<QueryResult> {
    const {cancel} = this.#begin(id);
    try {
      return await this.#store.query(tenant, query, cancel.signal);
    } finally {
      this.#open.delete(id);
    }
  }

  async open({id, tenant, query}: {id: number; tenant: string; query: StreamRequest}): Promise<void> {
    const open = this.#begin(id);
    try {
      Object.assign(open, await this.#store.stream(tenant, query, open.cancel.signal));
    } catch (error) {
      this.#open.delete(id);
      throw error;
    }
  }

  async read(id: number): Promise<Uint8Array | QueryEnd> {
    const open = this.#open.get(id);
    if (!open?.stream || !open.freshness) throw cancelled();
    const {stream, freshness, startMs} = open;
    try {
      const piece = await stream.next();
      if (piece) return piece;
      this.#open.delete(id);
      return {...stream.counts, elapsedMs: Math.round(performance.now() - startMs), freshness};
    } catch (error) {
      this.#open.delete(id);
      throw error;
    }
  }

  cancel(id: number): void {
    const open = this.#open.get(id);
    this.#open.delete(id);
    open?.cancel.abort(cancelled());
    void open?.stream?.close();
  }

  #begin(id: number): OpenQuery {
    const open = {cancel: new AbortController(), startMs: performance.now()};
    this.#open.set(id, open);
    return open;
  }
}

const cancelled = (): IotctlError => new IotctlError('IOT_QUERY_CANCELLED', 'the query was cancelled');
