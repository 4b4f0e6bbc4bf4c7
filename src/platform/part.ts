/** A part that runs in a thread of its own, watched: when it ends by a fault, it is started again. */
import {Worker} from 'node:worker_threads';
import {IotctlError} from '../domain/errors.js';
import type {Logger} from './log.js';
import {type Offers, ThreadPort} from './thread-port.js';

/** Waits before a restart; doubled each time up to the limit, so that a fault at start does not spin. */
const RESTART_DELAY_MS = 100;
const RESTART_DELAY_MS_MAX = 5000;

/** A part that ran this long has recovered: the next fault is restarted from at once again. */
const STEADY_MS = 60_000;

const STOP_MS_MAX = 4000;

export interface PartOptions<Mine extends Offers> {
  readonly name: string;
  /** Module of the thread. */
  readonly module: URL;
  readonly data: () => unknown;
  /** Before it is started again: reads anew what `data` tells. */
  readonly refresh?: (() => Promise<void>) | undefined;
  /** What the main thread offers; `ready` is added here. */
  readonly offers: Mine;
  readonly logger: Logger;
  /** A fault ended the thread, and it was started again. */
  readonly onRestart: (reason: string) => void;
}

export class Part<Theirs extends Offers, Ready> {
  readonly #options: PartOptions<Offers>;
  #worker!: Worker;
  #port!: ThreadPort<Theirs>;
  #stopping = false;
  #delayMs = RESTART_DELAY_MS;
  startedMs = 0;
  restarts = 0;

  constructor(options: PartOptions<Offers>) {
    this.#options = options;
  }

  get port(): ThreadPort<Theirs> {
    return this.#port;
  }

  /** Resolves with what the thread says when it is ready; rejects when it cannot start. */
  start(): Promise<Ready> {
    const {name, module, data, offers, logger} = this.#options;
    return new Promise<Ready>((resolve, reject) => {
      let ready = false;
      const worker = new Worker(module, {workerData: data()});
      const port = new ThreadPort<Theirs>(worker, {
        ...offers,
        ready: (told: Ready) => {
          ready = true;
          this.startedMs = Date.now();
          resolve(told);
        },
      } as Offers);
      this.#worker = worker;
      this.#port = port;
      let fault: Error | undefined;
      worker.on('error', error => {
        fault = error as Error;
      });
      worker.on('exit', () => {
        port.close(`the ${name} stopped`);
        if (this.#stopping) return;
        const reason = fault ?? new Error('its thread ended');
        if (!ready) {
          reject(asIotctlError(reason));
          return;
        }
        logger.error(
          {part: name, reason: reason.message, stack: reason.stack},
          'ended by a fault; it is started again',
        );
        this.#restart(reason.message);
      });
    });
  }

  /** Ends the thread after `close` has done its work, or after a deadline. */
  async stop(close: () => Promise<void>): Promise<void> {
    this.#stopping = true;
    let timer: NodeJS.Timeout | undefined;
    const deadline = new Promise<void>(resolve => {
      timer = setTimeout(resolve, STOP_MS_MAX);
    });
    await Promise.race([close().catch(() => {}), deadline]);
    clearTimeout(timer);
    await this.#worker.terminate();
  }

  async #startAgain(reason: string): Promise<void> {
    if (!this.#stopping) await this.#options.refresh?.();
    // It may have been stopped meanwhile.
    if (this.#stopping) return;
    await this.start();
    this.restarts++;
    this.#options.onRestart(reason);
  }

  #restart(reason: string): void {
    if (Date.now() - this.startedMs > STEADY_MS) this.#delayMs = RESTART_DELAY_MS;
    const delayMs = this.#delayMs;
    this.#delayMs = Math.min(delayMs * 2, RESTART_DELAY_MS_MAX);
    setTimeout(() => {
      this.#startAgain(reason).catch((error: Error) => {
        this.#options.logger.error(
          {part: this.#options.name, reason: error.message},
          'could not be started again',
        );
        this.#restart(error.message);
      });
    }, delayMs);
  }
}

/** Errors lose their class between threads; their code stays. */
function asIotctlError(error: Error): Error {
  const {code} = error as {code?: string};
  return code === 'EADDRINUSE' ? new IotctlError('IOT_PORT_TAKEN', error.message) : error;
}
