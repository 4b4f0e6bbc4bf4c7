/** Holds back an address that sends one wrong token after another (RFC 6585, 4). */
import {IotctlError} from '../domain/errors.js';

const WINDOW_MS = 60_000;
const FAILURES_MAX = 100;
const ADDRESSES_MAX = 10_000;

export class FailureLimit {
  readonly #clock: () => number;
  readonly #failures = new Map<string, {count: number; untilMs: number}>();

  constructor(clock: () => number = () => performance.now()) {
    this.#clock = clock;
  }

  /** Counts a failure. Throws `IOT_RATE_LIMITED` with the seconds to wait once there are too many. */
  fail(address: string): void {
    const nowMs = this.#clock();
    const known = this.#failures.get(address);
    if (!known || known.untilMs <= nowMs) {
      this.#failures.delete(address);
      if (this.#failures.size >= ADDRESSES_MAX) this.#forgetOldest();
      this.#failures.set(address, {count: 1, untilMs: nowMs + WINDOW_MS});
      return;
    }
    known.count++;
    if (known.count <= FAILURES_MAX) return;
    const retryAfterSec = Math.ceil((known.untilMs - nowMs) / 1000);
    throw new IotctlError('IOT_RATE_LIMITED', 'too many requests with a wrong token', {retryAfterSec});
  }

  #forgetOldest(): void {
    for (const oldest of this.#failures.keys()) {
      this.#failures.delete(oldest);
      return;
    }
  }
}
