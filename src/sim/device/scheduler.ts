/** Runs what is due: one timer and one heap for all devices of a process. */
import {nowMs} from '../measure/clock.js';
import {type Due, DueHeap} from './due-heap.js';

interface Runnable extends Due {
  run(realMs: number): void;
}

/** After so many, sockets have their turn. */
const RUNS_AT_ONCE = 500;

/** Timers of Node are no finer than this. */
const TIMER_MS_MIN = 1;
const TIMER_MS_MAX = 1000;

export class Scheduler<Item extends Runnable> {
  readonly #heap = new DueHeap<Item>();
  #timer: NodeJS.Timeout | undefined;
  #immediate: NodeJS.Immediate | undefined;
  #wakeMs = Infinity;
  #running = false;
  #stopped = false;

  /** On the machine's monotonic clock; Infinity takes it out. An earlier wish is replaced. */
  set(item: Item, dueMs: number): void {
    if (this.#stopped) return;
    this.#heap.set(item, dueMs);
    if (!this.#running) this.#arm();
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
    if (this.#immediate) clearImmediate(this.#immediate);
  }

  #arm(): void {
    const nextMs = this.#heap.nextMs;
    if (nextMs >= this.#wakeMs) return;
    this.#wakeMs = nextMs;
    clearTimeout(this.#timer);
    const waitMs = nextMs - nowMs();
    if (waitMs < TIMER_MS_MIN) this.#immediate ??= setImmediate(() => this.#turn());
    else this.#timer = setTimeout(() => this.#turn(), Math.min(waitMs, TIMER_MS_MAX));
  }

  #turn(): void {
    clearTimeout(this.#timer);
    if (this.#immediate) clearImmediate(this.#immediate);
    this.#immediate = undefined;
    this.#wakeMs = Infinity;
    this.#running = true;
    const now = nowMs();
    for (let runs = 0; runs < RUNS_AT_ONCE; runs++) {
      const item = this.#heap.take(now);
      if (item === undefined) break;
      item.run(now);
    }
    this.#running = false;
    if (!this.#stopped && this.#heap.nextMs < Infinity) this.#arm();
  }
}
