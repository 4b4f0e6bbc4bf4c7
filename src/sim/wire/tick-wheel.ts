/** One timer for whatever many connections have to be reminded of: a timer for each would cost more than an idle connection. */

export interface Reminded {
  /** When it is due; set by the wheel. 0: not at all. */
  dueTick: number;
  /** It is due. */
  remind(): void;
}

const TICK_MS = 250;

export class TickWheel {
  readonly #startMs = performance.now();
  #tick = 0;
  #timer: NodeJS.Timeout | undefined;
  readonly #due = new Map<number, Reminded[]>();

  /** Reminds it once, after so many milliseconds, rounded up to a tick; an earlier wish of the same one is forgotten. */
  remindIn(delayMs: number, one: Reminded): void {
    if (this.#timer === undefined) {
      this.#tick = this.#now();
      this.#timer = setInterval(() => this.#turn(), TICK_MS).unref();
    }
    one.dueTick = this.#now() + 1 + Math.ceil(delayMs / TICK_MS);
    const others = this.#due.get(one.dueTick);
    if (others === undefined) this.#due.set(one.dueTick, [one]);
    else others.push(one);
  }

  /** A busy process turns it late: then several ticks are due at once. */
  #turn(): void {
    for (const now = this.#now(); this.#tick < now; ) {
      const tick = ++this.#tick;
      const due = this.#due.get(tick);
      this.#due.delete(tick);
      for (const one of due ?? []) if (one.dueTick === tick) one.remind();
    }
    if (this.#due.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #now(): number {
    return Math.floor((performance.now() - this.#startMs) / TICK_MS);
  }
}
