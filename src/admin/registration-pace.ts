/**
 * Lets so many devices register in a second. A fleet that is switched on at once is told to come again at times that differ,
 * so that it does not come all at once again.
 */
import {IotctlError} from '../domain/errors.js';

const PER_SEC = 50;
const BURST = 200;
const WAIT_SEC_MIN = 5;
const WAIT_SEC_MAX = 60;

export class RegistrationPace {
  readonly #clock: () => number;
  #left = BURST;
  #atMs: number;

  constructor(clock: () => number) {
    this.#clock = clock;
    this.#atMs = clock();
  }

  /** Throws `IOT_RATE_LIMITED` with the seconds to wait. */
  take(): void {
    const nowMs = this.#clock();
    this.#left = Math.min(BURST, this.#left + ((nowMs - this.#atMs) / 1000) * PER_SEC);
    this.#atMs = nowMs;
    if (this.#left < 1)
      throw new IotctlError('IOT_RATE_LIMITED', 'many devices register just now', {
        retryAfterSec: WAIT_SEC_MIN + Math.floor(Math.random() * (WAIT_SEC_MAX - WAIT_SEC_MIN + 1)),
      });
    this.#left--;
  }
}
