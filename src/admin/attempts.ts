/**
 * Holds back whoever guesses passwords. Failures are counted by user and address together, so that a stranger
 * elsewhere locks nobody out, and by address, for one who tries many names. Few are checked at once: a check is slow on
 * purpose.
 */
import {IotctlError} from '../domain/errors.js';

interface Attempt {
  readonly user: string;
  readonly address: string;
}

interface Count {
  failures: number;
  readonly sinceMs: number;
}

const WINDOW_MS = 60_000;
export const FAILURES_PER_USER_AND_ADDRESS_MAX = 5;
export const FAILURES_PER_ADDRESS_MAX = 50;
const CHECKS_MAX = 2;
const WAITING_MAX = 50;

/** Counts kept at once; beyond them the oldest is forgotten. */
const COUNTS_MAX = 10_000;

export class Attempts {
  readonly #clock: () => number;
  readonly #counts = new Map<string, Count>();
  readonly #waiting: (() => void)[] = [];
  #checking = 0;

  constructor(clock: () => number = () => performance.now()) {
    this.#clock = clock;
  }

  /** Runs `check`; a false answer counts. Throws `IOT_RATE_LIMITED` with the seconds to wait. */
  async attempt({user, address}: Attempt, check: () => Promise<boolean>): Promise<boolean> {
    const pair = `${user} ${address}`;
    this.#refuse(pair, FAILURES_PER_USER_AND_ADDRESS_MAX);
    this.#refuse(address, FAILURES_PER_ADDRESS_MAX);
    // Counted before the answer is known: many at once are many attempts.
    this.#fail(pair);
    this.#fail(address);
    await this.#turn();
    try {
      const right = await check();
      if (right) this.#forgive(pair, address);
      return right;
    } finally {
      this.#checking--;
      this.#waiting.shift()?.();
    }
  }

  #refuse(key: string, failuresMax: number): void {
    const count = this.#counts.get(key);
    if (!count) return;
    const leftMs = count.sinceMs + WINDOW_MS - this.#clock();
    if (leftMs <= 0) this.#counts.delete(key);
    else if (count.failures >= failuresMax) throw rateLimited('too many failed attempts', leftMs);
  }

  #fail(key: string): void {
    const count = this.#counts.get(key);
    if (count) count.failures++;
    else {
      if (this.#counts.size >= COUNTS_MAX)
        for (const oldest of [...this.#counts.keys()].slice(0, 1)) this.#counts.delete(oldest);
      this.#counts.set(key, {failures: 1, sinceMs: this.#clock()});
    }
  }

  #forgive(pair: string, address: string): void {
    this.#counts.delete(pair);
    const count = this.#counts.get(address);
    if (count) count.failures--;
  }

  async #turn(): Promise<void> {
    if (this.#checking >= CHECKS_MAX) {
      if (this.#waiting.length >= WAITING_MAX) throw rateLimited('too many logins at once', 1000);
      await new Promise<void>(resolve => this.#waiting.push(resolve));
    }
    this.#checking++;
  }
}

const rateLimited = (why: string, waitMs: number): IotctlError =>
  new IotctlError('IOT_RATE_LIMITED', why, {retryAfterSec: Math.ceil(waitMs / 1000)});
