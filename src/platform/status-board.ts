/** Gathers `iotctl status`: each part of the platform as it is now. */
import {readdirSync, statfsSync, statSync} from 'node:fs';
import {join} from 'node:path';
import {NO_ARCHIVE} from '../domain/retention.js';
import {
  type GatewayStatus,
  NO_QUERIES,
  type PlatformStatus,
  type StoreStatus,
  type StreamStatus,
} from '../domain/status.js';
import type {Registry} from '../registry/registry.js';
import type {StreamReader} from '../stream/event-stream.js';
import type {ConsumerBoard} from './consumer-board.js';
import type {GatewayOffers} from './gateway-offers.js';
import {LoopDelay} from './loop-delay.js';
import type {Part} from './part.js';
import type {StoreOffers} from './store-offers.js';

export interface StatusSources {
  readonly startedAt: string;
  readonly version: string;
  readonly folder: string;
  readonly gateway: Part<GatewayOffers, unknown>;
  readonly store: Part<StoreOffers, unknown>;
  readonly consumers: ConsumerBoard;
  readonly reader: StreamReader;
  readonly registry: Registry;
}

/** The rate of events is that of the last whole window. */
const RATE_WINDOW_MS = 1000;

type GatewayReport = ReturnType<GatewayOffers['report']>;

export class StatusBoard {
  readonly #sources: StatusSources;
  readonly #timer: NodeJS.Timeout;
  readonly #loopDelay = new LoopDelay();
  #eventsPerSec = 0;
  #gatewayLoopDelayMsMax = 0;
  #last = {total: 0, atMs: Date.now()};

  constructor(sources: StatusSources) {
    this.#sources = sources;
    this.#timer = setInterval(() => void this.#measureRate(), RATE_WINDOW_MS).unref();
  }

  close(): void {
    clearInterval(this.#timer);
    this.#loopDelay.close();
  }

  async status(): Promise<PlatformStatus> {
    const {startedAt, version, folder, registry, consumers: board} = this.#sources;
    const stream = this.#stream();
    const [gateway, store, consumers, counts] = await Promise.all([
      this.#gateway(),
      this.#store(stream),
      board.status(),
      registry.devices.counts(),
    ]);
    const problems = [
      ...(gateway.blockedBy === null ? [] : [`events are not acknowledged: ${gateway.blockedBy}`]),
      ...(store.problem === null ? [] : [`the store is behind: ${store.problem}`]),
    ];
    return {
      state: problems.length === 0 ? 'ok' : 'degraded',
      problems,
      version,
      pid: process.pid,
      startedAt,
      dataFolder: folder,
      rssBytes: process.memoryUsage.rss(),
      loopDelayMsMax: this.#loopDelay.takeMsMax(),
      gateway,
      stream,
      store,
      consumers,
      registry: counts,
      disk: diskOf(folder),
    };
  }

  async #gateway(): Promise<GatewayStatus> {
    const {gateway} = this.#sources;
    const report = (await this.#report()) ?? GATEWAY_DOWN;
    const {head: _head, ...counts} = report;
    return {
      startedAt: new Date(gateway.startedMs).toISOString(),
      restarts: gateway.restarts,
      eventsPerSec: this.#eventsPerSec,
      ...counts,
      loopDelayMsMax: this.#takeGatewayLoopDelay(),
    };
  }

  async #store(stream: StreamStatus): Promise<StoreStatus> {
    const {store} = this.#sources;
    const status = await store.port.call('status', undefined).catch(
      (error: Error): Omit<StoreStatus, 'startedAt' | 'restarts'> => ({
        state: 'blocked',
        problem: error.message,
        lag: stream.cursors.find(({name}) => name === 'store')?.lag ?? stream.head - stream.first,
        rowsTotal: 0,
        archive: NO_ARCHIVE,
        readingsInMemory: 0,
        queries: NO_QUERIES,
      }),
    );
    return {startedAt: new Date(store.startedMs).toISOString(), restarts: store.restarts, ...status};
  }

  #stream(): StreamStatus {
    const {reader} = this.#sources;
    const head = reader.head();
    const cursors = reader.cursors().map(({name, offset}) => ({name, offset, lag: head - offset}));
    return {head, first: reader.first(), bytes: reader.bytes(), cursors};
  }

  /** Each report tells of the time since the one before, whoever asked for it: the longest delay is kept here. */
  async #report(): Promise<GatewayReport | undefined> {
    const report = await this.#sources.gateway.port.call('report', undefined).catch(() => undefined);
    this.#gatewayLoopDelayMsMax = Math.max(this.#gatewayLoopDelayMsMax, report?.loopDelayMsMax ?? 0);
    return report;
  }

  #takeGatewayLoopDelay(): number {
    const delayMs = this.#gatewayLoopDelayMsMax;
    this.#gatewayLoopDelayMsMax = 0;
    return delayMs;
  }

  async #measureRate(): Promise<void> {
    const report = await this.#report();
    if (!report) return;
    const atMs = Date.now();
    const elapsedMs = Math.max(1, atMs - this.#last.atMs);
    const events = Math.max(0, report.eventsTotal - this.#last.total);
    this.#eventsPerSec = Math.round((events * 1000) / elapsedMs);
    this.#last = {total: report.eventsTotal, atMs};
  }
}

const GATEWAY_DOWN: GatewayReport = {
  connections: 0,
  eventsTotal: 0,
  refusedTotal: 0,
  droppedTotal: 0,
  blockedBy: 'the gateway is being started again',
  head: 0,
  loopDelayMsMax: 0,
};

function diskOf(folder: string): {freeBytes: number; usedBytes: number} {
  const {bavail, bsize} = statfsSync(folder);
  return {freeBytes: bavail * bsize, usedBytes: usedBytes(folder)};
}

/** Files come and go while they are counted: one that is gone counts nothing. */
function usedBytes(folder: string): number {
  let bytes = 0;
  for (const entry of readdirSync(folder, {withFileTypes: true, recursive: true})) {
    if (!entry.isFile()) continue;
    bytes += statSync(join(entry.parentPath, entry.name), {throwIfNoEntry: false})?.size ?? 0;
  }
  return bytes;
}
