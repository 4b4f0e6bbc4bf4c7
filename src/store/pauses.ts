import {setImmediate} from 'node:timers/promises';

/** So long one piece of work may have the thread while others wait for it. */
const TURN_MS = 3;
/** To look at the clock takes as long as some steps. */
const LOOK_EVERY = 8;

/** Lets everything else of this thread have its turn while a long piece of work goes on. */
export class Turns {
  #sinceMs = performance.now();
  #steps = 0;

  constructor(private readonly signal?: AbortSignal) {}

  /** To be called after each small step of the work, or after several: whether it is the turn of others. */
  isOver(steps = 1): boolean {
    this.#steps += steps;
    if (this.#steps < LOOK_EVERY) return false;
    this.#steps = 0;
    return performance.now() - this.#sinceMs >= TURN_MS;
  }

  /** Throws the reason of the signal where that was aborted. */
  async next(): Promise<void> {
    await setImmediate();
    this.signal?.throwIfAborted();
    this.#sinceMs = performance.now();
  }
}
