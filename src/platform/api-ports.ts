/** Connects the API to the parts: each of its ports is one of their functions. */
import {open} from 'node:fs/promises';
import type {Administration} from '../admin/administration.js';
import type {ApiPorts, DeviceDoors} from '../api/ports.js';
import type {CommandControl} from '../control/command-control.js';
import {IotctlError} from '../domain/errors.js';
import type {ConsumerStatus, PlatformStatus} from '../domain/status.js';
import type {Registry} from '../registry/registry.js';
import type {StreamReader} from '../stream/event-stream.js';
import type {EventHistory, EventQuery} from '../tail/history.js';
import type {GatewayOffers} from './gateway-offers.js';
import {type PlatformLog, readable} from './log.js';
import type {Part} from './part.js';
import {present} from './present.js';
import type {StoreOffers} from './store-offers.js';
import {StoreQueries} from './store-queries.js';

export interface PortSources {
  readonly admin: Administration;
  readonly registry: Registry;
  readonly control: CommandControl;
  readonly gateway: Part<GatewayOffers, unknown>;
  readonly store: Part<StoreOffers, unknown>;
  readonly reader: StreamReader;
  readonly log: PlatformLog;
  readonly logFile: string;
  doors(): DeviceDoors;
  status(): Promise<PlatformStatus>;
  consumerStatus(): Promise<readonly ConsumerStatus[]>;
  onHead(listener: (head: number) => void): () => void;
  shutdown(): void;
}

/** The end of the log is looked for in this much of the file. */
const LOG_BYTES_READ = 4 * 1024 * 1024;

const COMMANDS_LISTED = 100;

export function apiPorts(sources: PortSources): ApiPorts {
  const {admin, registry, control, gateway, store, reader, log, logFile} = sources;
  const queries = new StoreQueries(store);
  return {
    admin,
    deviceFacts: (tenant, id) => registry.devices.facts(tenant, id),
    commands: {
      send: request => control.send(request),
      wait: (tenant, id, waitMs) => control.wait(tenant, id, waitMs),
      get: (tenant, id) => registry.commands.get(tenant, id),
      listFor: (tenant, device) => registry.commands.listFor(tenant, device, COMMANDS_LISTED),
      cancel: (tenant, id) => control.cancel(tenant, id),
    },
    doors: () => sources.doors(),
    ingest: request => gateway.port.call('ingest', request),
    async authenticateDevice(login) {
      const device = await gateway.port.call('authenticate', login);
      if (device) return device;
      throw new IotctlError('IOT_UNAUTHENTICATED', `${login.username || 'nobody'} was not let in`);
    },
    history: (tenant, query) => historyOf(store, tenant, query),
    stream: reader,
    onHead: listener => sources.onHead(listener),
    episodes: (tenant, episodes) => store.port.call('episodes', {tenant, episodes}),
    stats: (tenant, stats) => store.port.call('stats', {tenant, stats}),
    query: (tenant, query, signal) => queries.query(tenant, query, signal),
    queryStream: (tenant, query, signal) => queries.stream(tenant, query, signal),
    exportDays: (tenant, request) => store.port.call('exportDays', {tenant, ...request}),
    exportPart: (tenant, request) => store.port.call('exportPart', {tenant, ...request}),
    status: () => sources.status(),
    consumerStatus: () => sources.consumerStatus(),
    recentLog: lines => lastLines(logFile, lines),
    onLogLine: listener => log.onLine(listener),
    shutdown: () => sources.shutdown(),
  };
}

/** Stored events of a tenant. */
export const historyOf = (
  store: Part<StoreOffers, unknown>,
  tenant: string,
  query: EventQuery,
): Promise<EventHistory> => store.port.call('events', {tenant, filter: present(query)});

async function lastLines(file: string, lines: number): Promise<string[]> {
  const handle = await open(file, 'r');
  try {
    const {size} = await handle.stat();
    const from = Math.max(0, size - LOG_BYTES_READ);
    const {buffer, bytesRead} = await handle.read(Buffer.alloc(size - from), 0, size - from, from);
    const all = buffer.toString('utf8', 0, bytesRead).split('\n').filter(Boolean);
    const whole = from > 0 ? all.slice(1) : all;
    return lines === 0
      ? []
      : whole.slice(-lines).map(line => readable(JSON.parse(line) as Parameters<typeof readable>[0]));
  } finally {
    await handle.close();
  }
}
