/**
 * Counts failed logins, by name and address together and by address, and turns too many into a ban. A stranger's
 * failures lock nobody else out: who logged in from an address before is known there.
 */
import {randomUUID} from 'node:crypto';
import type {Ban} from '../../domain/ban.js';
import type {Limits} from '../../domain/limits.js';
import {type Peer, pairKey} from './ban-list.js';

interface Count {
  failures: number;
  readonly sinceMs: number;
  /** Bans that came of it so far. */
  readonly bans: number;
}

const WINDOW_MS = 60_000;
const KNOWN_MS = 7 * 86_400_000;

/** Kept at once; beyond them the oldest is forgotten. */
const COUNTS_MAX = 20_000;
const KNOWN_MAX = 200_000;

export class Failures {
  readonly #limits: Limits;
  readonly #clock: () => number;
  readonly #counts = new Map<string, Count>();
  readonly #known = new Map<string, number>();

  constructor(limits: Limits, clock: () => number) {
    this.#limits = limits;
    this.#clock = clock;
  }

  /** The bans that follow from one more failure: none, as a rule. */
  failed(peer: Peer): Ban[] {
    const {tenant, name, address} = peer;
    const pair = this.#count(pairKey(tenant, name, address), this.#limits.failuresPerDeviceAndAddress);
    const whole = this.#count(address, this.#limits.failuresPerAddress);
    return [
      ...(pair === undefined ? [] : [this.#ban(pair, {tenant, device: name, address})]),
      ...(whole === undefined ? [] : [this.#ban(whole, {tenant: null, device: null, address})]),
    ];
  }

  succeeded({tenant, name, address}: Peer): void {
    const key = pairKey(tenant, name, address);
    this.#counts.delete(key);
    this.#known.delete(key);
    if (this.#known.size >= KNOWN_MAX) forgetOldest(this.#known);
    this.#known.set(key, this.#clock());
  }

  /** Did it log in from there within a week? */
  isKnown({tenant, name, address}: Peer): boolean {
    const atMs = this.#known.get(pairKey(tenant, name, address));
    return atMs !== undefined && this.#clock() - atMs < KNOWN_MS;
  }

  /** How many bans came before the one that follows now; undefined where none follows. */
  #count(key: string, failuresMax: number): number | undefined {
    const nowMs = this.#clock();
    const before = this.#counts.get(key);
    const goesOn = before !== undefined && nowMs - before.sinceMs < WINDOW_MS;
    const bans =
      before !== undefined && nowMs - before.sinceMs < this.#forgivenMs(before.bans) ? before.bans : 0;
    const count = goesOn ? before : {failures: 0, sinceMs: nowMs, bans};
    count.failures++;
    this.#counts.delete(key);
    if (this.#counts.size >= COUNTS_MAX) forgetOldest(this.#counts);
    if (count.failures < failuresMax) {
      this.#counts.set(key, count);
      return undefined;
    }
    this.#counts.set(key, {failures: 0, sinceMs: nowMs, bans: count.bans + 1});
    return count.bans;
  }

  /** Who was quiet for as long again as the last ban, and a minute at least, begins anew. */
  #forgivenMs(bans: number): number {
    const lastMs = bans === 0 ? 0 : this.#banMs(bans - 1);
    return lastMs + Math.max(lastMs, WINDOW_MS);
  }

  #banMs(bansBefore: number): number {
    return Math.min(this.#limits.banSec * 2 ** Math.min(bansBefore, 20), this.#limits.banSecMax) * 1000;
  }

  #ban(bansBefore: number, about: Pick<Ban, 'tenant' | 'device' | 'address'>): Ban {
    const nowMs = this.#clock();
    return {
      id: randomUUID(),
      ...about,
      reason: 'too many failed logins',
      automatic: true,
      createdAt: new Date(nowMs).toISOString(),
      expiresAt: new Date(nowMs + this.#banMs(bansBefore)).toISOString(),
    };
  }
}

function forgetOldest(map: Map<string, unknown>): void {
  for (const oldest of map.keys()) {
    map.delete(oldest);
    return;
  }
}
