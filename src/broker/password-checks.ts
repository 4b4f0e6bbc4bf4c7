/**
 * Passwords of devices: scrypt in libuv's threads, few at once, so that it never holds up anything else. What was right is
 * remembered for seconds under a keyed hash, for a device that connects again and again.
 */
import {createHmac, randomBytes} from 'node:crypto';
import type {StoredCredential} from '../domain/credential.js';
import {passwordMatches, pretendToCheck} from '../domain/password.js';

type PasswordCredential = Extract<StoredCredential, {kind: 'password'}>;

const CHECKS_MAX = 2;
const WAITING_MAX = 100;
const PRETENDING_MAX = 5;
const REMEMBERED_MS = 30_000;
const REMEMBERED_MAX = 10_000;

/** Too many wait already. */
export class PasswordsBusy extends Error {}

export class PasswordChecks {
  readonly #clock: () => number;
  readonly #key = randomBytes(32);
  readonly #right = new Map<string, number>();
  readonly #waiting: (() => void)[] = [];
  #checking = 0;

  constructor(clock: () => number) {
    this.#clock = clock;
  }

  /** Throws `PasswordsBusy`. */
  async matches(password: Uint8Array, credential: PasswordCredential): Promise<boolean> {
    const key = createHmac('sha256', this.#key)
      .update(`${credential.id} ${credential.password.hashHex} `)
      .update(password)
      .digest('base64');
    const atMs = this.#right.get(key);
    if (atMs !== undefined && this.#clock() - atMs < REMEMBERED_MS) return true;
    const right = await this.#inTurn(() => passwordMatches(password, credential.password));
    this.#right.delete(key);
    if (right) this.#remember(key);
    return right;
  }

  /** Takes as long as a check; when there is much to check, nobody can tell anything from time. */
  async pretend(password: Uint8Array): Promise<void> {
    if (this.#waiting.length < PRETENDING_MAX) await this.#inTurn(() => pretendToCheck(password));
  }

  async #inTurn<T>(check: () => Promise<T>): Promise<T> {
    if (this.#checking >= CHECKS_MAX) {
      if (this.#waiting.length >= WAITING_MAX)
        throw new PasswordsBusy('too many passwords wait to be checked');
      await new Promise<void>(resolve => this.#waiting.push(resolve));
    }
    this.#checking++;
    try {
      return await check();
    } finally {
      this.#checking--;
      this.#waiting.shift()?.();
    }
  }

  #remember(key: string): void {
    if (this.#right.size >= REMEMBERED_MAX) {
      const nowMs = this.#clock();
      for (const [old, atMs] of this.#right)
        if (nowMs - atMs >= REMEMBERED_MS || this.#right.size >= REMEMBERED_MAX) this.#right.delete(old);
    }
    this.#right.set(key, this.#clock());
  }
}
