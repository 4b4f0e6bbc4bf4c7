import {mkdtemp, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import type {NewEvent} from '../../src/domain/event.js';
import {statsRows} from '../../src/domain/stats-table.js';
import type {StatsRequest} from '../../src/store/stats/stats-request.js';
import {Store, type StoreOptions} from '../../src/store/store.js';
import {MemoryStream} from './memory-stream.js';

/**
 * Starts a store on a stream in memory, with its files in a folder of its own.
 *
 *     await using world = await startStore();
 *
 * Everything is stopped, and the folder removed, when the test's scope ends.
 */
export async function startStore(options: Partial<StoreOptions> = {}) {
  const folder = options.folder ?? (await mkdtemp(join(tmpdir(), 'iotctl-store-')));
  const stream = new MemoryStream();
  let store = await Store.open({folder, reader: stream, ...options});

  return {
    folder,
    stream,

    get store(): Store {
      return store;
    },

    /** Closes the store and opens it again on the same files. */
    async restart(): Promise<void> {
      await store.close();
      store = await Store.open({folder, reader: stream, ...options});
    },

    /** Appends the events and waits until they are stored. */
    async put(...events: readonly NewEvent[]): Promise<void> {
      stream.append(...events);
      await store.catchUp();
    },

    /** What the store answers, with rows. */
    async stats(request: StatsRequest) {
      const {found, ...answer} = await store.stats('default', request);
      return {rows: statsRows(found), ...answer};
    },

    /** The rows of a query. */
    async rows(sql: string, tenant = 'default'): Promise<readonly (readonly unknown[])[]> {
      return (await store.query(tenant, {sql, timeoutMs: 20_000, maxRows: 10_000})).rows;
    },

    async [Symbol.asyncDispose]() {
      await store.close();
      await rm(folder, {recursive: true, force: true});
    },
  };
}

/** An event with a JSON body; what is not given is plain telemetry of device `lamp-1`. */
export function eventOf(body: unknown, parts: Partial<NewEvent> = {}): NewEvent {
  return {
    tenant: 'default',
    device: 'lamp-1',
    type: 'telemetry',
    component: '',
    timeMs: undefined,
    recordedMs: Date.UTC(2026, 0, 31, 12),
    contentType: 'application/json',
    payload: Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)),
    attributes: undefined,
    ...parts,
  };
}
