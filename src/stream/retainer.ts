/** Applies retention, pass by pass: each pass is written together with the events that come next. */
import {IotctlError} from '../domain/errors.js';
import type {NewEvent} from '../domain/event.js';
import type {BatchKey} from './batch-key.js';
import {batchKeys, refresh} from './batch-table.js';
import {readCursors} from './cursor-table.js';
import {type Environment, liveBytes} from './lmdb-environment.js';
import {gapEvent, planRetention, type RetentionLimits} from './retention.js';
import {storageError} from './storage-error.js';

const RETAIN_EVERY_MS = 2000;

/** What one commit has to remove and to tell; whoever writes it settles it. */
export interface RetentionPass {
  readonly remove: readonly BatchKey[];
  readonly gaps: readonly NewEvent[];
  written(): void;
  failed(reason: Error): void;
}

interface Request {
  readonly nowMs: number;
  /** Called with how many batches went. */
  resolve(removed: number): void;
  reject(reason: Error): void;
}

export class Retainer {
  readonly #environment: Environment;
  readonly #limits: RetentionLimits;
  readonly #wake: () => void;
  readonly #requests: Request[] = [];
  readonly #timer: NodeJS.Timeout;
  #running: Promise<void> = Promise.resolve();
  #isClosed = false;

  /** `wake` is called when there is a pass to take. */
  constructor(environment: Environment, limits: RetentionLimits, wake: () => void) {
    this.#environment = environment;
    this.#limits = limits;
    this.#wake = wake;
    this.#timer = setInterval(() => this.#retainQuietly(), RETAIN_EVERY_MS).unref();
  }

  get isWaiting(): boolean {
    return this.#requests.length > 0;
  }

  /** Resolves when nothing is left that has to go. One at a time: two plans made of one state would both be carried out. */
  retain(nowMs: number): Promise<void> {
    const retained = this.#running.then(() => this.#retainAll(nowMs));
    this.#running = retained.catch(() => {});
    return retained;
  }

  /** The next pass, planned by what is held and read just now. */
  takePass(head: number): RetentionPass | undefined {
    const request = this.#requests.shift();
    if (request === undefined) return undefined;
    try {
      return this.#plan(request, head);
    } catch (error) {
      request.reject(storageError(error, this.#environment.folder));
      return undefined;
    }
  }

  close(): void {
    this.#isClosed = true;
    clearInterval(this.#timer);
  }

  #plan(request: Request, head: number): RetentionPass {
    const environment = this.#environment;
    refresh(environment);
    const cursors = readCursors(environment);
    const held = liveBytes(environment);
    const {remove, gaps} = planRetention(
      batchKeys(environment),
      head,
      cursors,
      held,
      this.#limits,
      request.nowMs,
    );
    return {
      remove,
      gaps: gaps.map(gap => gapEvent(gap, request.nowMs)),
      written: () => request.resolve(remove.length),
      failed: reason => request.reject(reason),
    };
  }

  async #retainAll(nowMs: number): Promise<void> {
    let removed: number;
    do {
      if (this.#isClosed) return;
      removed = await new Promise<number>((resolve, reject) => {
        this.#requests.push({nowMs, resolve, reject});
        this.#wake();
      });
    } while (removed > 0);
  }

  /** What fails now, on a full disk for one, is tried again the next time. */
  #retainQuietly(): void {
    this.retain(Date.now()).catch((error: unknown) => {
      if (!(error instanceof IotctlError)) throw error;
    });
  }
}
