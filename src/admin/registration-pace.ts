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

const ANSWERS_PER_WINDOW = 10;
const WINDOW_MS = 60_000;

/** Counts kept at once; beyond them the oldest is forgotten. */
const SUBJECTS_MAX = 10_000;

/** Each device, or code, is answered so often: whoever has a right one fills neither the audit log nor the registry with it. */
export class SubjectPace {
  readonly #clock: () => number;
  readonly #counts = new Map<string, {answers: number; readonly untilMs: number}>();

  constructor(clock: () => number) {
    this.#clock = clock;
  }

  /** Throws `IOT_RATE_LIMITED` with the seconds to wait. */
  take(subject: string): void {
    const nowMs = this.#clock();
    const known = this.#counts.get(subject);
    if (known && known.untilMs > nowMs) {
      if (++known.answers <= ANSWERS_PER_WINDOW) return;
      const retryAfterSec = Math.ceil((known.untilMs - nowMs) / 1000);
      throw new IotctlError('IOT_RATE_LIMITED', 'it was answered often enough for now', {retryAfterSec});
    }
    this.#counts.delete(subject);
    if (this.#counts.size >= SUBJECTS_MAX)
      for (const oldest of [...this.#counts.keys()].slice(0, 1)) this.#counts.delete(oldest);
    this.#counts.set(subject, {answers: 1, untilMs: nowMs + WINDOW_MS});
  }
}
