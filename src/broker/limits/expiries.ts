/** Ends connections whose credential ends: one timer for all of them. */
interface Ending {
  readonly atMs: number;
  readonly end: () => void;
}

const TICK_MS = 1000;

export class Expiries<Key extends object> {
  readonly #endings = new Map<Key, Ending>();
  readonly #timer: NodeJS.Timeout;

  constructor(clock: () => number = Date.now) {
    this.#timer = setInterval(() => this.tick(clock()), TICK_MS).unref();
  }

  set(key: Key, atMs: number, end: () => void): void {
    this.#endings.set(key, {atMs, end});
  }

  delete(key: Key): void {
    this.#endings.delete(key);
  }

  tick(nowMs: number): void {
    for (const [key, {atMs, end}] of this.#endings) {
      if (atMs > nowMs) continue;
      this.#endings.delete(key);
      end();
    }
  }

  close(): void {
    clearInterval(this.#timer);
    this.#endings.clear();
  }
}
