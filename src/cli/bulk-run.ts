/** Does one thing with many devices, several at a time, and says how far it came whatever ends it. */
import type {ErrorCode} from '../domain/errors.js';
import {IotctlError} from '../domain/errors.js';
import type {JournalEntry} from './bulk-journal.js';

export interface BulkTask<T> {
  readonly ids: readonly string[];
  /** How many devices at the same time. */
  readonly workers: number;
  /** So many failures end it. */
  readonly failuresMax: number;
  /** Nothing new is begun once it aborts. */
  readonly signal: AbortSignal;
  readonly each: (id: string) => Promise<T>;
  /** Called after each device, done or failed. */
  readonly settled: (entry: JournalEntry) => Promise<void>;
}

export interface BulkFailure {
  readonly id: string;
  readonly error: IotctlError;
}

export interface BulkOutcome<T> {
  /** In the order in which the devices were named. */
  readonly done: readonly T[];
  readonly failures: readonly BulkFailure[];
  /** Devices that were not begun, or of which nobody can say. */
  readonly left: number;
  /** What ended it for all of them: there is no platform to ask, or the fault is ours. */
  readonly fatal: unknown;
}

/** Nothing else would succeed either. */
const FATAL: readonly ErrorCode[] = [
  'IOT_PLATFORM_UNREACHABLE',
  'IOT_UNAUTHENTICATED',
  'IOT_CONTEXT_READ_ONLY',
];

export async function runBulk<T>(task: BulkTask<T>): Promise<BulkOutcome<T>> {
  const run = new Run(task);
  const workers = Array.from({length: Math.min(task.workers, task.ids.length)}, () => run.work());
  await Promise.all(workers);
  return run.outcome();
}

class Run<T> {
  readonly #task: BulkTask<T>;
  readonly #done: {index: number; result: T}[] = [];
  readonly #failures: BulkFailure[] = [];
  #next = 0;
  #fatal: unknown;

  constructor(task: BulkTask<T>) {
    this.#task = task;
  }

  async work(): Promise<void> {
    while (this.#goesOn()) {
      const index = this.#next++;
      await this.#one(index, this.#task.ids[index]!);
    }
  }

  outcome(): BulkOutcome<T> {
    const done = this.#done.sort((a, b) => a.index - b.index).map(({result}) => result);
    const left = this.#task.ids.length - done.length - this.#failures.length;
    return {done, failures: this.#failures, left, fatal: this.#fatal};
  }

  #goesOn(): boolean {
    const {ids, signal, failuresMax} = this.#task;
    return (
      this.#next < ids.length &&
      !signal.aborted &&
      this.#fatal === undefined &&
      this.#failures.length < failuresMax
    );
  }

  async #one(index: number, id: string): Promise<void> {
    const {each, settled} = this.#task;
    try {
      const result = await each(id);
      this.#done.push({index, result});
      await settled({id, outcome: 'done'});
    } catch (error) {
      if (error instanceof IotctlError && !FATAL.includes(error.code)) await this.#failed(id, error);
      else this.#fatal ??= error;
    }
  }

  async #failed(id: string, error: IotctlError): Promise<void> {
    this.#failures.push({id, error});
    try {
      await this.#task.settled({id, outcome: 'failed', code: error.code});
    } catch (unwritten) {
      this.#fatal ??= unwritten;
    }
  }
}
