/** A token bucket that may go into debt: what was read was read, and the debt says how long to wait for more. */
export class Bucket {
  readonly #perSec: number;
  readonly #burst: number;
  #tokens: number;
  #atMs: number;

  /** Holds what comes in a second, unless told otherwise. */
  constructor(perSec: number, nowMs: number, burst = perSec) {
    this.#perSec = perSec;
    this.#burst = burst;
    this.#tokens = burst;
    this.#atMs = nowMs;
  }

  /** Takes that much; gives the milliseconds until the debt is paid, 0 where there is none. */
  spend(amount: number, nowMs: number): number {
    this.#refill(nowMs);
    this.#tokens -= amount;
    return this.#tokens >= 0 ? 0 : Math.ceil((-this.#tokens * 1000) / this.#perSec);
  }

  /** Takes that much if it is there. */
  take(amount: number, nowMs: number): boolean {
    this.#refill(nowMs);
    if (this.#tokens < amount) return false;
    this.#tokens -= amount;
    return true;
  }

  /** Is it as full as it can be? Then forgetting it changes nothing. */
  isFull(nowMs: number): boolean {
    this.#refill(nowMs);
    return this.#tokens >= this.#burst;
  }

  #refill(nowMs: number): void {
    // A clock that is set back gives nothing, and takes nothing.
    const elapsedMs = Math.max(0, nowMs - this.#atMs);
    this.#atMs = nowMs;
    this.#tokens = Math.min(this.#burst, this.#tokens + (elapsedMs * this.#perSec) / 1000);
  }
}
