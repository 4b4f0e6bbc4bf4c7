import {setImmediate} from 'node:timers/promises';

/** So long one piece of work may have the thread while others wait for it. */
const TURN_MS = 3;
/** To look at the clock takes as long as some steps. */
const LOOK_EVERY = 8;

/** Pauses of a long piece of work, in which everything else of this thread has its turn. */
export class Pauses {
  #sinceMs = performance.now();
  #steps = 0;

  constructor(private readonly signal?: AbortSignal) {}

  /** To be asked after each small step of the work, or after several. */
  isDue(steps = 1): boolean {
    this.#steps += steps;
    if (this.#steps < LOOK_EVERY) return false;
    this.#steps = 0;
    return performance.now() - this.#sinceMs >= TURN_MS;
  }

  /** Throws the reason of the signal where that was aborted. */
  async take(): Promise<void> {
    await setImmediate();
    this.signal?.throwIfAborted();
    this.#sinceMs = performance.now();
  }
}
