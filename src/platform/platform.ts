/**
 * The platform: starts its parts in order, connects them, watches them, and stops them in the reverse order.
 *
 * Main thread: registry, control, API. Gateway thread: sockets, broker, the stream's writer. Store thread: DuckDB.
 */
import {addressOf} from './address.js';
import {openApi} from './api-doors.js';
import {type DataFolder, openDataFolder} from './data-folder.js';
import {layFoundation} from './foundation.js';
import {openLog, type PlatformLog} from './log.js';
import {offersToGateway} from './offers-to-gateway.js';
import type {PlatformAddress, PlatformOptions} from './options.js';
import {checkPortsFree} from './ports.js';
import {Services} from './services.js';
import {Started} from './started.js';
import {startThreads} from './threads.js';

export class Platform {
  readonly #options: PlatformOptions;
  readonly #folder: DataFolder;
  readonly #log: PlatformLog;
  readonly #started = new Started();
  readonly #headListeners = new Set<(head: number) => void>();
  readonly #shutdownListeners: (() => void)[] = [];
  #services: Services | undefined;
  #stopped: Promise<void> | undefined;

  private constructor(options: PlatformOptions, folder: DataFolder) {
    this.#options = options;
    this.#folder = folder;
    this.#log = openLog({file: folder.logFile, print: options.print});
  }

  /** Throws `IOT_PORT_TAKEN`, `IOT_DATA_HELD` or `IOT_DATA_CORRUPT`; then nothing is left running. */
  static async start(options: PlatformOptions): Promise<{platform: Platform; address: PlatformAddress}> {
    // Whatever a library of ours creates is readable by its owner only.
    process.umask(0o077);
    await checkPortsFree(options.host, options.ports);
    const platform = new Platform(options, openDataFolder(options.dataFolder));
    try {
      return {platform, address: await platform.#start()};
    } catch (error) {
      await platform.stop();
      throw error;
    }
  }

  /** Called when someone asked for the platform's end through the API. */
  onShutdownAsked(listener: () => void): void {
    this.#shutdownListeners.push(listener);
  }

  /** Stops accepting, flushes, closes; safe to call twice. */
  stop(): Promise<void> {
    this.#stopped ??= this.#stop();
    return this.#stopped;
  }

  async #start(): Promise<PlatformAddress> {
    const startedAt = new Date().toISOString();
    const folder = this.#folder;
    const {logger} = this.#log;
    const base = await layFoundation({
      options: this.#options,
      folder,
      log: this.#log,
      started: this.#started,
    });
    const threads = await startThreads(base, {
      offersToGateway: offersToGateway(
        base,
        () => this.#services,
        head => this.#tellHead(head),
      ),
      onRestart: (part, reason) => this.#services?.onRestart(part, reason),
    });
    const services = new Services(base, threads);
    this.#services = services;
    await services.start();
    const ports = await openApi(base, threads, services, {
      startedAt,
      onHead: listener => {
        this.#headListeners.add(listener);
        return () => this.#headListeners.delete(listener);
      },
      shutdown: () => this.#askShutdown(),
    });
    const address = addressOf({
      host: this.#options.host,
      ports,
      tls: base.tls,
      dataFolder: folder.path,
      pid: process.pid,
      adminToken: folder.adminToken.read(),
    });
    folder.describe({pid: process.pid, apiUrl: address.apiUrl, startedAt});
    logger.info({mqtt: address.mqttUrl, ws: address.wsUrl, api: address.apiUrl}, 'ready');
    if (address.authority) logger.info(address.authority, 'clients have to trust this authority');
    return address;
  }

  #tellHead(head: number): void {
    for (const listener of this.#headListeners) listener(head);
  }

  #askShutdown(): void {
    for (const listener of this.#shutdownListeners) listener();
  }

  async #stop(): Promise<void> {
    const {logger} = this.#log;
    await this.#started.stop(({message: reason}) => logger.error({reason}, 'a part did not stop cleanly'));
    logger.info('stopped');
    this.#log.close();
    this.#folder.release();
  }
}
