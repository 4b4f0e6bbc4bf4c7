/** Decides at CONNECT: bans first, then who it is, then whether its tenant has room. Counts what failed. */
import type {Ban} from '../domain/ban.js';
import type {Identity} from '../domain/identity.js';
import {parseUsername} from '../domain/identity.js';
import type {Limits} from '../domain/limits.js';
import type {Authenticator, Login, Verdict} from './authenticator.js';
import {BanList, type Peer} from './limits/ban-list.js';
import {Bucket} from './limits/bucket.js';
import {Failures} from './limits/failures.js';

/** What a refused CONNECT is answered with, at MQTT 3.1.1 (3.2.2.3) and 5 (3.2.2.2). */
export interface ConnectAnswer {
  readonly v3: number;
  readonly v5: number;
}

export const CONNECT_ANSWERS = {
  credentials: {v3: 4, v5: 0x86},
  notAuthorized: {v3: 5, v5: 0x87},
  busy: {v3: 3, v5: 0x89},
  banned: {v3: 5, v5: 0x8a},
  quota: {v3: 3, v5: 0x97},
} as const satisfies Record<string, ConnectAnswer>;

export type Admission =
  | Extract<Verdict, {ok: true}>
  | {
      readonly ok: false;
      readonly reason: string;
      readonly answer: ConnectAnswer;
      /** Until the ban ends. */
      readonly retryAfterSec?: number | undefined;
    };

/** Under a ban of its address, so many are looked at all the same: one of them may be who it says it is. */
const CHECKS_PER_SEC_UNDER_BAN = 20;
const BUCKETS_MAX = 1000;

export class Doorkeeper {
  readonly bans: BanList;
  readonly #authenticator: Authenticator;
  readonly #limits: Limits;
  readonly #failures: Failures;
  readonly #underBan = new Map<string, Bucket>();
  readonly #clock: () => number;
  readonly #waiting: (() => void)[] = [];
  #verifying = 0;

  constructor(parts: {
    authenticator: Authenticator;
    limits: Limits;
    bans: readonly Ban[];
    clock: () => number;
  }) {
    this.#authenticator = parts.authenticator;
    this.#limits = parts.limits;
    this.#clock = parts.clock;
    this.bans = new BanList(parts.bans, parts.clock);
    this.#failures = new Failures(parts.limits, parts.clock);
  }

  async admit(login: Login, address: string): Promise<Admission> {
    const peer = peerOf(login, address);
    const manual = this.bans.manualFor(peer);
    if (manual) return this.#banned(manual);
    return await this.#inTurn(() => this.#verify(login, peer));
  }

  /** A device that nobody knows yet is never exempt: there is no login that it had before. */
  isBanned(peer: Peer): boolean {
    return this.bans.manualFor(peer) !== undefined || this.bans.automaticFor(peer) !== undefined;
  }

  /** What it showed was wrong; bans may follow. */
  failed(peer: Peer): void {
    for (const ban of this.#failures.failed(peer)) this.bans.add(ban);
  }

  /** Asked when its turn has come: a flood may have been banned while it waited. */
  async #verify(login: Login, peer: Peer): Promise<Admission> {
    const {address} = peer;
    const automatic = this.#failures.isKnown(peer) ? undefined : this.bans.automaticFor(peer);
    if (automatic && !this.#looksAgain(address)) return this.#banned(automatic);
    const verdict = await this.#authenticator.authenticate({...login, quickOnly: automatic !== undefined});
    if (verdict.ok) {
      this.#failures.succeeded(peerOfIdentity(verdict.identity, address));
      return verdict;
    }
    if (verdict.busy === true) return {ok: false, reason: verdict.reason, answer: CONNECT_ANSWERS.busy};
    if (automatic) return this.#banned(automatic);
    if (verdict.keptOut === undefined) this.failed(peer);
    const answer =
      verdict.keptOut === 'device' || verdict.reason.startsWith('client id')
        ? CONNECT_ANSWERS.notAuthorized
        : CONNECT_ANSWERS.credentials;
    return {ok: false, reason: verdict.reason, answer};
  }

  /** So many at once; the others wait for their turn. */
  async #inTurn<T>(verify: () => Promise<T>): Promise<T> {
    if (this.#verifying >= this.#limits.verifications)
      await new Promise<void>(resolve => this.#waiting.push(resolve));
    this.#verifying++;
    try {
      return await verify();
    } finally {
      this.#verifying--;
      this.#waiting.shift()?.();
    }
  }

  #banned({reason, expiresAt}: Ban): Admission {
    const leftMs = expiresAt === null ? undefined : Date.parse(expiresAt) - this.#clock();
    return {
      ok: false,
      reason: `banned: ${reason}`,
      answer: CONNECT_ANSWERS.banned,
      retryAfterSec: leftMs === undefined ? undefined : Math.max(1, Math.ceil(leftMs / 1000)),
    };
  }

  #looksAgain(address: string): boolean {
    const nowMs = this.#clock();
    let bucket = this.#underBan.get(address);
    if (!bucket) {
      if (this.#underBan.size >= BUCKETS_MAX) this.#underBan.clear();
      bucket = new Bucket(CHECKS_PER_SEC_UNDER_BAN, nowMs);
      this.#underBan.set(address, bucket);
    }
    return bucket.take(1, nowMs);
  }
}

function peerOf({username, certificate}: Login, address: string): Peer {
  const who = parseUsername(username);
  if (who) return {...who, address};
  return certificate?.ok
    ? {tenant: certificate.tenant, name: certificate.device, address}
    : {tenant: '', name: '', address};
}

const peerOfIdentity = (identity: Identity, address: string): Peer => ({
  tenant: identity.tenant,
  name: identity.kind === 'device' ? identity.device : identity.name,
  address,
});
