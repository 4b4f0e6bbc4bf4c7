/** The store thread: reads the event stream into DuckDB, and answers queries. */
import {type MessagePort, parentPort, workerData} from 'node:worker_threads';
import {Store} from '../store/store.js';
import {openStreamReader} from '../stream/lmdb-stream.js';
import {QueryDesk} from './query-desk.js';
import type {OffersToStore, StoreOffers, StoreThreadData} from './store-offers.js';
import {ThreadPort} from './thread-port.js';

const {streamFolder, storeFolder, archiveFolder, erased} = workerData as StoreThreadData;

async function run(channel: MessagePort): Promise<void> {
  const reader = await openStreamReader(streamFolder);
  const main: ThreadPort<OffersToStore> = new ThreadPort<OffersToStore>(channel, {
    wake: () => store.wake(),
    stats: ({tenant, stats}) => store.stats(tenant, stats),
    query: request => desk.query(request),
    openStream: request => desk.open(request),
    readStream: id => desk.read(id),
    cancelQuery: id => desk.cancel(id),
    episodes: ({tenant, episodes}) => store.episodes(tenant, episodes),
    events: ({tenant, filter}) => store.events(tenant, filter),
    storePart: ({tenant, ...part}) => store.storePart(tenant, part),
    erase: tenant => store.erase(tenant),
    eraseDevice: ({tenant, device}) => store.eraseDevice(tenant, device),
    retain: ({tenant, ...request}) => store.retain(tenant, request),
    verifyArchive: tenant => store.verifyArchive(tenant),
    exportDays: ({tenant, ...request}) => store.exportDays(tenant, request),
    exportPart: ({tenant, ...request}) => store.exportPart(tenant, request),
    storageBytes: tenant => store.storageBytes(tenant),
    status: () => store.status(),
    async close({catchUpMs}) {
      await Promise.race([store.catchUp(), new Promise(resolve => setTimeout(resolve, catchUpMs))]);
      await store.close();
      await reader.close();
    },
  } satisfies StoreOffers);
  const store = await Store.open({
    folder: storeFolder,
    archiveFolder,
    reader,
    erased,
    loadVersions: request => main.call('modelVersions', request),
    loadRows: request => main.call('registryRows', request),
  });
  const desk = new QueryDesk(store);
  main.notify('ready', undefined);
}

await run(parentPort!);
