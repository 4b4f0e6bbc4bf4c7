/** The API at each of its doors, connected to the parts. */
import type {ApiOptions} from '../api/server.js';
import {deviceDoors} from './address.js';
import {apiPorts} from './api-ports.js';
import {ConsumerBoard} from './consumer-board.js';
import type {Foundation} from './foundation.js';
import type {Ports} from './ports.js';
import type {Services} from './services.js';
import {StatusBoard} from './status-board.js';
import type {Threads} from './threads.js';

export interface ApiLinks {
  readonly startedAt: string;
  /** Calls back with each head of the stream; gives back how to stop that. */
  readonly onHead: (listener: (head: number) => void) => () => void;
  /** Someone asked for the platform's end. */
  readonly shutdown: () => void;
}

/** Gives back all doors, those of the API with the ports that it opened. */
export async function openApi(
  base: Foundation,
  threads: Threads,
  {office, control, consumers: part}: Services,
  {startedAt, ...links}: ApiLinks,
): Promise<Ports> {
  const {options, folder, registry, log, tls, started} = base;
  const {host, version} = options;
  let {ports} = threads;
  const consumers = new ConsumerBoard({registry, reader: threads.reader, part});
  const status = new StatusBoard({startedAt, version, folder: folder.path, registry, consumers, ...threads});
  started.add(() => status.close());
  const api: Omit<ApiOptions, 'port' | 'tls'> = {
    host,
    names: tls?.names,
    version,
    onBug: (error, traceId) => log.logger.error({part: 'api', traceId, stack: error.stack}, error.message),
    ports: apiPorts({
      admin: office.admin,
      registry,
      control,
      ...threads,
      doors: () => deviceDoors({host, ports, tls}),
      status: () => status.status(),
      consumerStatus: () => consumers.each(),
      log,
      logFile: folder.logFile,
      ...links,
    }),
  };
  const {startApi} = await import('../api/server.js');
  for (const [door, secured] of [
    ['api', undefined],
    ['https', tls],
  ] as const) {
    const port = ports[door];
    if (port === undefined) continue;
    const server = await startApi({...api, port, tls: secured});
    ports = {...ports, [door]: server.port};
    started.add(() => server.close());
  }
  return ports;
}
