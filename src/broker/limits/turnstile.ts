/**
 * Lets connections in one after the other, so many a second: a fleet that comes back at once is let in as fast as it
 * can be served, in the order in which it came, instead of all failing together.
 */
import type {Limits} from '../../domain/limits.js';
import {isLoopbackAddress} from './address.js';
import {Bucket} from './bucket.js';

/** Who wants in. */
export interface Knock {
  readonly address: string;
  readonly cost: number;
}

interface Waiting {
  readonly cost: number;
  readonly sinceMs: number;
  readonly enter: () => void;
  readonly refuse: () => void;
}

/** Addresses whose rate is watched at once. */
const ADDRESSES_MAX = 20_000;

const TURN_MS = 10;

/** What is let in at once holds up everything else: a twentieth of a second's worth at most. */
const BURSTS_PER_SEC = 20;

/** A handshake with TLS takes the gateway as long as so many connections without. */
export const TLS_COST = 5;
const COST_MAX = TLS_COST;

export class Turnstile {
  readonly #limits: Limits;
  readonly #all: Bucket;
  readonly #byAddress = new Map<string, Bucket>();
  #queue: Waiting[] = [];
  #timer: NodeJS.Timeout | undefined;

  constructor(limits: Limits) {
    this.#limits = limits;
    const burst = Math.max(COST_MAX, limits.connectsPerSec / BURSTS_PER_SEC);
    this.#all = new Bucket(limits.connectsPerSec, performance.now(), burst);
  }

  get waiting(): number {
    return this.#queue.length;
  }

  /**
   * Calls `enter` now or when its turn comes; `refuse` where there are too many, or it takes too long. `cost` is 1, or
   * more for one that takes longer to serve.
   */
  enter({address, cost}: Knock, enter: () => void, refuse: () => void): void {
    const nowMs = performance.now();
    if (!this.#mayEnter(address, nowMs)) {
      refuse();
    } else if (this.#queue.length === 0 && this.#all.take(cost, nowMs)) {
      enter();
    } else if (this.#queue.length >= this.#limits.connectsWaiting) {
      refuse();
    } else {
      this.#queue.push({cost, sinceMs: nowMs, enter, refuse});
      this.#timer ??= setInterval(() => this.#turn(), TURN_MS);
    }
  }

  close(): void {
    clearInterval(this.#timer);
    for (const {refuse} of this.#queue) refuse();
    this.#queue = [];
  }

  #turn(): void {
    const nowMs = performance.now();
    let entered = 0;
    for (const {cost, sinceMs, enter, refuse} of this.#queue) {
      if (nowMs - sinceMs > this.#limits.connectWaitSec * 1000) refuse();
      else if (this.#all.take(cost, nowMs)) enter();
      else break;
      entered++;
    }
    this.#queue.splice(0, entered);
    if (this.#queue.length > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #mayEnter(address: string, nowMs: number): boolean {
    if (isLoopbackAddress(address)) return true;
    let bucket = this.#byAddress.get(address);
    if (!bucket) {
      if (this.#byAddress.size >= ADDRESSES_MAX) this.#forgetIdle(nowMs);
      bucket = new Bucket(this.#limits.connectsPerSecPerAddress, nowMs);
      this.#byAddress.set(address, bucket);
    }
    return bucket.take(1, nowMs);
  }

  /** All that are full, and one in any case. */
  #forgetIdle(nowMs: number): void {
    let kept = 0;
    for (const [address, bucket] of this.#byAddress) {
      if (bucket.isFull(nowMs) || kept === 0) this.#byAddress.delete(address);
      kept++;
    }
  }
}
