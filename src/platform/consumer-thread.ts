/** The thread of consumers: what they do with events takes nothing from the API, the gateway or the store. */
import {type MessagePort, parentPort, workerData} from 'node:worker_threads';
import {Consumers} from '../consumers/consumers.js';
import {openSink} from '../consumers/open-sink.js';
import {openStreamReader} from '../stream/lmdb-stream.js';
import type {ConsumerOffers, ConsumerThreadData, OffersToConsumers} from './consumer-offers.js';
import {ThreadPort} from './thread-port.js';

const {streamFolder, ...surroundings} = workerData as ConsumerThreadData;

async function run(channel: MessagePort): Promise<void> {
  const stream = await openStreamReader(streamFolder);
  const full = new Set<string>();
  const listeners = new Set<(head: number) => void>();
  const main: ThreadPort<OffersToConsumers> = new ThreadPort<OffersToConsumers>(channel, {
    changed: () => consumers.changed(),
    settled: () => consumers.settled(),
    committed(head) {
      for (const listener of [...listeners]) listener(head);
    },
    storageFull(change) {
      if (change.full) full.add(change.tenant);
      else full.delete(change.tenant);
    },
    tallies: () => consumers.tallies(),
    async close() {
      await consumers.close();
      await stream.close();
    },
  } satisfies ConsumerOffers);
  const consumers = new Consumers({
    openSink: spec => openSink(spec, {...surroundings, isFull: tenant => full.has(tenant)}),
    ports: {
      stream,
      onHead(listener) {
        listeners.add(listener);
        return () => listeners.delete(listener);
      },
      history: (tenant, query) => main.call('history', {tenant, query}),
      running: () => main.call('running', undefined),
      deviceTraits: of => main.call('deviceTraits', of),
      progressed: all => main.call('progressed', all),
      putAside: refused => main.call('putAside', refused),
      replays: of => main.call('replays', of),
      replayed: of => main.call('replayed', of),
      begins: of => main.call('begins', of),
      onFault: ({message, stack = ''}) => main.notify('log', {level: 'error', message, details: {stack}}),
    },
  });
  consumers.changed();
  main.notify('ready', undefined);
}

await run(parentPort!);
