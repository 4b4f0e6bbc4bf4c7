/**
 * Holds back whoever guesses codes. Failures are counted by address, never by code: a stranger's guesses use up nothing
 * of anybody else's. Attempts from one address are looked at one after the other, so that a hundred at once are a
 * hundred.
 */
import {isIPv6} from 'node:net';
import {IotctlError} from '../domain/errors.js';

interface Guesser {
  failures: number;
  sinceMs: number;
  /** How often it was held back already: each time twice as long. */
  times: number;
  untilMs: number;
}

interface Turn {
  last: Promise<unknown>;
  waiting: number;
}

const WINDOW_MS = 10 * 60_000;
export const GUESSES_MAX = 5;
export const FIRST_WAIT_MS = 60_000;
const WAIT_MS_MAX = 3_600_000;

/** Attempts of one address that wait for their turn. */
const WAITING_MAX = 50;

/** Addresses that are remembered; beyond them the oldest is forgotten. */
const ADDRESSES_MAX = 10_000;

export class GuessLimit {
  readonly #clock: () => number;
  readonly #guessers = new Map<string, Guesser>();
  readonly #turns = new Map<string, Turn>();

  constructor(clock: () => number) {
    this.#clock = clock;
  }

  /**
   * Runs `check`; a failure that `isGuess` counts, for the address and, where they say so, for whom they say they are.
   * Throws `IOT_RATE_LIMITED` with the seconds to wait.
   */
  async attempt<Result>(
    {address, who = ''}: {address: string; who?: string},
    check: () => Promise<Result>,
    isGuess: (error: unknown) => boolean,
  ): Promise<Result> {
    const network = `${networkOf(address)} ${who}`;
    return await this.#inTurn(network, async () => {
      this.#refuse(network);
      try {
        return await check();
      } catch (error) {
        if (isGuess(error)) this.#fail(network);
        throw error;
      }
    });
  }

  async #inTurn<Result>(network: string, work: () => Promise<Result>): Promise<Result> {
    const turn = this.#turns.get(network) ?? {last: Promise.resolve(), waiting: 0};
    if (turn.waiting >= WAITING_MAX) throw limited('too many attempts at once', 1000 + Math.random() * 9000);
    this.#turns.set(network, turn);
    turn.waiting++;
    const mine = turn.last.then(work);
    turn.last = mine.catch(() => undefined);
    try {
      return await mine;
    } finally {
      if (--turn.waiting === 0) this.#turns.delete(network);
    }
  }

  #refuse(network: string): void {
    const leftMs = (this.#guessers.get(network)?.untilMs ?? 0) - this.#clock();
    if (leftMs > 0) throw limited('too many wrong codes from this address', leftMs);
  }

  #fail(network: string): void {
    const nowMs = this.#clock();
    const known = this.#guessers.get(network);
    const guesser = known ?? {failures: 0, sinceMs: nowMs, times: 0, untilMs: 0};
    if (!known) this.#remember(network, guesser);
    if (nowMs - guesser.sinceMs > WINDOW_MS) {
      guesser.failures = 0;
      guesser.sinceMs = nowMs;
      if (nowMs - guesser.untilMs > WAIT_MS_MAX) guesser.times = 0;
    }
    guesser.failures++;
    if (guesser.failures < GUESSES_MAX) return;
    guesser.untilMs = nowMs + Math.min(FIRST_WAIT_MS * 2 ** guesser.times, WAIT_MS_MAX);
    guesser.times++;
  }

  #remember(network: string, guesser: Guesser): void {
    if (this.#guessers.size >= ADDRESSES_MAX)
      for (const oldest of [...this.#guessers.keys()].slice(0, 1)) this.#guessers.delete(oldest);
    this.#guessers.set(network, guesser);
  }
}

/** Whoever has one IPv6 address has the 2^64 of its network (RFC 6177). */
function networkOf(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  if (mapped !== undefined || !isIPv6(address)) return mapped ?? address;
  const [head = '', tail] = address.toLowerCase().split('::');
  const groups = head.split(':').filter(Boolean);
  const behind = tail === undefined ? [] : tail.split(':').filter(Boolean);
  const zeros = Array.from({length: Math.max(0, 8 - groups.length - behind.length)}, () => '0');
  return [...groups, ...(tail === undefined ? [] : zeros), ...behind].slice(0, 4).join(':');
}

const limited = (why: string, waitMs: number): IotctlError =>
  new IotctlError('IOT_RATE_LIMITED', why, {retryAfterSec: Math.ceil(waitMs / 1000)});
