/** The threads that are always there: the gateway with sockets, broker and the stream's writer, and the store with DuckDB. */
import {banOf} from '../admin/ban-admin.js';
import type {Ban} from '../domain/ban.js';
import {programFile} from '../domain/package-files.js';
import type {StreamReader} from '../stream/event-stream.js';
import {openStreamReader} from '../stream/lmdb-stream.js';
import type {Foundation} from './foundation.js';
import type {GatewayOffers, GatewayPorts, GatewayThreadData, OffersToGateway} from './gateway-offers.js';
import {Part} from './part.js';
import type {Ports} from './ports.js';
import type {OffersToStore, StoreOffers, StoreThreadData} from './store-offers.js';

export interface Threads {
  readonly gateway: Part<GatewayOffers, GatewayPorts>;
  readonly store: Part<StoreOffers, undefined>;
  readonly reader: StreamReader;
  /** All doors, those of the gateway with the ports that it opened. */
  readonly ports: Ports;
}

export interface ThreadLinks {
  readonly offersToGateway: Omit<OffersToGateway, 'ready'>;
  /** A fault ended a part, and it was started again. */
  readonly onRestart: (part: 'gateway' | 'store', reason: string) => void;
}

/** How long a stop waits for the store to take what the stream still holds. The rest is stored at the next start. */
const CATCH_UP_MS = 1500;

/** The gateway opens the stream for writing; the store thread loads meanwhile, and reads it after that. */
export async function startThreads(base: Foundation, links: ThreadLinks): Promise<Threads> {
  const {options, folder, started} = base;
  let ports = options.ports;
  const store = await storePart(base, reason => {
    store.port.notify('wake', reader.head());
    links.onRestart('store', reason);
  });
  const gateway = await gatewayPart(base, () => ports, {
    ...links,
    offersToGateway: {
      ...links.offersToGateway,
      committed(news) {
        store.port.notify('wake', news.head);
        links.offersToGateway.committed(news);
      },
    },
  });
  const opening = gateway.start();
  started.add(() => gateway.stop(() => gateway.port.call('close', undefined)));
  const loading = store.start();
  started.add(() => store.stop(() => store.port.call('close', {catchUpMs: CATCH_UP_MS})));
  // Loading the API takes as long as the threads do: meanwhile, not before and not after.
  const [opened] = await Promise.all([opening, loading, import('../api/server.js')]);
  ports = {...ports, ...opened};
  const reader = await openStreamReader(folder.stream);
  started.add(() => reader.close());
  return {gateway, store, reader, ports};
}

/** `ports`: a gateway that is started again opens the doors that it had. */
async function gatewayPart(
  {options, folder, registry, tls, log}: Foundation,
  ports: () => Ports,
  {offersToGateway, onRestart}: ThreadLinks,
): Promise<Threads['gateway']> {
  let bans: readonly Ban[] = [];
  const refresh = async (): Promise<void> => {
    bans = (await registry.bans.list(Date.now())).map(banOf);
  };
  await refresh();
  return new Part({
    name: 'gateway',
    module: programFile('platform/gateway-thread.js'),
    data: (): GatewayThreadData => {
      const {mqtt, ws, mqtts, wss} = ports();
      return {
        host: options.host,
        ports: {mqtt, ws, mqtts, wss},
        tls: tls && {certificatePem: tls.certificatePem, keyPem: tls.keyPem},
        limits: options.limits ?? {},
        bans,
        retention: options.retention,
        streamFolder: folder.stream,
        sessionsFolder: folder.sessions,
      };
    },
    refresh,
    offers: offersToGateway,
    logger: log.logger,
    onRestart: reason => onRestart('gateway', reason),
  });
}

async function storePart(
  {folder, registry, log, logNotice}: Foundation,
  onRestart: (reason: string) => void,
): Promise<Threads['store']> {
  let erased: readonly string[] = [];
  const refresh = async (): Promise<void> => {
    erased = await registry.tenants.deleted();
  };
  await refresh();
  return new Part({
    name: 'store',
    module: programFile('platform/store-thread.js'),
    data: (): StoreThreadData => ({
      streamFolder: folder.stream,
      storeFolder: folder.store,
      archiveFolder: folder.archive,
      erased,
    }),
    refresh,
    offers: {
      log: notice => logNotice('store', notice),
      modelVersions: ({tenant, name}) => registry.models.versions(tenant, name),
      registryRows: request => registry.queryRows(request),
    } satisfies Omit<OffersToStore, 'ready'>,
    logger: log.logger,
    onRestart,
  });
}
