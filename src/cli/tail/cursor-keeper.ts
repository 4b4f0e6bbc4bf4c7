/** Tells the platform how far a tail has come, now and then and in the end. */
import type {CursorApi} from '../../client/cursor-api.js';
import {IotctlError} from '../../domain/errors.js';
import type {Progress} from './event-sink.js';

const EVERY_MS = 1000;

export class CursorKeeper {
  readonly #cursors: CursorApi;
  readonly #name: string;
  readonly #progress: Progress;
  readonly #sync: () => Promise<void>;
  readonly #failed = new AbortController();
  readonly #timer: NodeJS.Timeout;
  #told: number;
  #telling: Promise<void> = Promise.resolve();
  #failure: unknown;

  /** `sync` makes sure that what was done stays done. */
  constructor(
    cursors: CursorApi,
    {name, offset}: {name: string; offset: number},
    progress: Progress,
    sync: () => Promise<void>,
  ) {
    this.#cursors = cursors;
    this.#name = name;
    this.#told = offset;
    this.#progress = progress;
    this.#sync = sync;
    this.#timer = setInterval(() => this.#tell(), EVERY_MS).unref();
  }

  /** Aborts when there is no such cursor any more. */
  get failed(): AbortSignal {
    return this.#failed.signal;
  }

  /** Tells the last of it. Throws what prevented that: then some of it comes again. */
  async close(): Promise<void> {
    clearInterval(this.#timer);
    this.#tell();
    await this.#telling;
    if (this.#failure !== undefined) throw this.#failure;
  }

  #tell(): void {
    this.#telling = this.#telling.then(async () => {
      const done = this.#progress.doneUpTo;
      if (done === undefined || done <= this.#told || this.#failed.signal.aborted) return;
      try {
        await this.#sync();
        await this.#cursors.move(this.#name, done);
        this.#told = done;
        this.#failure = undefined;
      } catch (error) {
        this.#failure = error;
        // What was not heard is said again with the next.
        if (error instanceof IotctlError && error.code !== 'IOT_PLATFORM_UNREACHABLE') this.#failed.abort();
      }
    });
  }
}
