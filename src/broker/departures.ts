/**
 * Ends connections whose peer is gone, a few in each turn of the event loop: when a network link fails, thousands are lost
 * in the same instant, and those that stay must not wait for all of their goodbyes.
 */

/** To end one takes about 0.1 ms: a turn stays a short one. */
const PER_TURN = 50;

export class Departures {
  #waiting: (() => void)[] = [];
  #next = 0;

  /** Calls `end` in a later turn, after those that were given before. */
  add(end: () => void): void {
    this.#waiting.push(end);
    if (this.#waiting.length === 1) setImmediate(this.#turn);
  }

  readonly #turn = (): void => {
    const until = Math.min(this.#next + PER_TURN, this.#waiting.length);
    while (this.#next < until) this.#waiting[this.#next++]?.();
    if (this.#next < this.#waiting.length) {
      setImmediate(this.#turn);
    } else {
      this.#waiting = [];
      this.#next = 0;
    }
  };
}
