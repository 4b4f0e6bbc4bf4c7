/**
 * How much one connection, and its tenant, may send. Asked once for each piece that was read; who sent too much is not
 * read for as long as the debt lasts, so that TCP slows it down.
 */
import type {Limits} from '../../domain/limits.js';
import type {Quotas} from '../../domain/tenant.js';
import {Bucket} from './bucket.js';

type RateQuotas = Pick<Quotas, 'publishesPerSec' | 'bytesPerSec'>;

/** A connection is read again after this long at most, so that it can say that it is there. */
const WAIT_MS_MAX = 1000;

/** What all connections of a tenant share. */
export class TenantMeter {
  #publishes: Bucket | undefined;
  #bytes: Bucket | undefined;
  #secondMs = 0;
  #now = {publishes: 0, bytes: 0};
  #lastSecond = {publishes: 0, bytes: 0};

  /** Its storage is full: nothing more is read, and nothing acknowledged, until there is room. */
  blocked = false;

  constructor(quotas: RateQuotas, nowMs: number) {
    this.setQuotas(quotas, nowMs);
  }

  setQuotas({publishesPerSec, bytesPerSec}: RateQuotas, nowMs: number): void {
    this.#publishes = publishesPerSec === null ? undefined : new Bucket(publishesPerSec, nowMs);
    this.#bytes = bytesPerSec === null ? undefined : new Bucket(bytesPerSec, nowMs);
  }

  spend(publishes: number, bytes: number, nowMs: number): number {
    this.#roll(nowMs);
    this.#now.publishes += publishes;
    this.#now.bytes += bytes;
    if (this.blocked) return WAIT_MS_MAX;
    return Math.max(this.#publishes?.spend(publishes, nowMs) ?? 0, this.#bytes?.spend(bytes, nowMs) ?? 0);
  }

  /** Of the last whole second. */
  rates(nowMs: number): {publishesPerSec: number; bytesPerSec: number} {
    this.#roll(nowMs);
    return {publishesPerSec: this.#lastSecond.publishes, bytesPerSec: this.#lastSecond.bytes};
  }

  #roll(nowMs: number): void {
    const elapsedMs = nowMs - this.#secondMs;
    if (elapsedMs < 1000) return;
    this.#lastSecond = elapsedMs < 2000 ? this.#now : {publishes: 0, bytes: 0};
    this.#now = {publishes: 0, bytes: 0};
    this.#secondMs = nowMs;
  }
}

/** What a connection may do next: read on, wait, or end. */
export type Allowance = {readonly waitMs: number} | 'end';

const READ_ON: Allowance = {waitMs: 0};

/** Without a debt for this long, a connection is not above its limits any more. */
const CALM_MS = 1000;

export class Throttle {
  readonly #publishes: Bucket;
  readonly #bytes: Bucket;
  readonly #tenant: TenantMeter;
  readonly #throttledMsMax: number;
  #sinceMs = 0;
  #untilMs = 0;

  constructor(limits: Limits, tenant: TenantMeter, nowMs: number) {
    this.#publishes = new Bucket(limits.publishesPerSecPerDevice, nowMs);
    this.#bytes = new Bucket(limits.bytesPerSecPerDevice, nowMs);
    this.#tenant = tenant;
    this.#throttledMsMax = limits.throttledSec * 1000;
  }

  spend(publishes: number, bytes: number, nowMs: number): Allowance {
    const own = Math.max(this.#publishes.spend(publishes, nowMs), this.#bytes.spend(bytes, nowMs));
    const waitMs = Math.max(own, this.#tenant.spend(publishes, bytes, nowMs));
    if (waitMs === 0) return READ_ON;
    if (nowMs - this.#untilMs > CALM_MS) this.#sinceMs = nowMs;
    this.#untilMs = nowMs + waitMs;
    // Only its own excess ends a connection: that of its tenant slows all of them alike.
    if (own > 0 && nowMs - this.#sinceMs > this.#throttledMsMax) return 'end';
    return {waitMs: Math.min(waitMs, WAIT_MS_MAX)};
  }
}
