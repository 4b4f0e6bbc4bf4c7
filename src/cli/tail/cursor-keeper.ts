/** Tells the platform how far a tail has come, now and then and in the end. */
import type {CursorApi} from '../../client/cursor-api.js';
import type {Progress} from '../../delivery/progress.js';
import {IotctlError} from '../../domain/errors.js';

const EVERY_MS = 1000;

/** Whoever waits for events says now and then that it is still there. */
const STILL_THERE_MS = 3_600_000;

/** What is over by itself: then it is said again with the next. */
const PASSING: readonly string[] = ['IOT_PLATFORM_UNREACHABLE', 'IOT_PART_UNAVAILABLE'];

export class CursorKeeper {
  readonly #cursors: CursorApi;
  readonly #name: string;
  readonly #progress: Progress;
  readonly #sync: () => Promise<void>;
  readonly #failed = new AbortController();
  readonly #timer: NodeJS.Timeout;
  #told: number;
  #toldAtMs = performance.now();
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

  /** Aborts when nothing can be told any more, as the cursor was deleted. */
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
      const done = this.#progress.doneUpTo ?? this.#told;
      const isOld = performance.now() - this.#toldAtMs > STILL_THERE_MS;
      if ((done <= this.#told && !isOld) || this.#failed.signal.aborted) return;
      try {
        await this.#sync();
        await this.#cursors.move(this.#name, done);
        this.#told = Math.max(this.#told, done);
        this.#toldAtMs = performance.now();
        this.#failure = undefined;
      } catch (error) {
        this.#failure = error;
        if (!(error instanceof IotctlError && PASSING.includes(error.code))) this.#failed.abort();
      }
    });
  }
}
