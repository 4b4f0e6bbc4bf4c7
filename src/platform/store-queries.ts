/** In the main thread: queries to the store thread, which are cancelled there when nobody here wants them any more. */
import type {AnswerStream, QueryAnswer, SqlQuery} from '../api/ports.js';
import {IotctlError} from '../domain/errors.js';
import type {QueryEnd, StreamFormat} from '../domain/query.js';
import type {Part} from './part.js';
import {present} from './present.js';
import type {StoreOffers} from './store-offers.js';

type StorePart = Part<StoreOffers, unknown>;

export class StoreQueries {
  readonly #store: StorePart;
  #nextId = 1;

  constructor(store: StorePart) {
    this.#store = store;
  }

  async query(tenant: string, query: SqlQuery, signal: AbortSignal): Promise<QueryAnswer> {
    // Who has gone before it began will not go again.
    if (signal.aborted) throw unwanted();
    const {port} = this.#store;
    const id = this.#nextId++;
    const cancel = (): void => port.notify('cancelQuery', id);
    signal.addEventListener('abort', cancel, {once: true});
    try {
      return await port.call('query', {id, tenant, query: present(query)});
    } finally {
      signal.removeEventListener('abort', cancel);
    }
  }

  /** The pieces have to be read to their end, or the signal aborted. */
  async *stream(
    tenant: string,
    query: SqlQuery & {readonly format: StreamFormat},
    signal: AbortSignal,
  ): AnswerStream {
    // Who has gone before it began will not go again.
    if (signal.aborted) throw unwanted();
    const {port} = this.#store;
    const id = this.#nextId++;
    const cancel = (): void => port.notify('cancelQuery', id);
    signal.addEventListener('abort', cancel, {once: true});
    try {
      await port.call('openStream', {id, tenant, query: present(query)});
      for (let coming = read(port, id); ; ) {
        const piece = await coming;
        if (!(piece instanceof Uint8Array)) return piece;
        // The store works at the next piece while this one is on its way.
        coming = read(port, id);
        yield piece;
      }
    } finally {
      signal.removeEventListener('abort', cancel);
      cancel();
    }
  }
}

function read(port: StorePart['port'], id: number): Promise<Uint8Array | QueryEnd> {
  const coming = port.call('readStream', id);
  // Who stops reading does not hear of it.
  coming.catch(() => undefined);
  return coming;
}

const unwanted = (): IotctlError =>
  new IotctlError('IOT_QUERY_CANCELLED', 'nobody waits for the answer any more');
