/**
 * Tells, in the event stream, who was refused at provisioning: the first of a kind at once, those that follow within a
 * minute as one event with their count, as a stranger can cause any number. Many of them are an alarm.
 */
import type {OutboxEvent} from '../registry/outbox.js';
import type {Registry} from '../registry/registry.js';

export interface ProvisioningRefusal {
  /** Empty where nobody can say whose it was. */
  readonly tenant: string;
  /** `claim.refused` or `registration.refused`. */
  readonly type: string;
  /** The claim or the registration; empty where there is none. */
  readonly subject: string;
  /** A code of `src/domain/errors.ts`. */
  readonly reason: string;
  readonly address: string;
}

interface Kind {
  readonly refusal: ProvisioningRefusal;
  readonly endsMs: number;
  counted: number;
}

interface Flood {
  count: number;
  readonly endsMs: number;
}

const WINDOW_MS = 60_000;

/** So many within a minute, in a tenant or of nobody's, are an alarm. */
export const ALARM_AT = 20;

/** Kinds that are counted apart; of further ones only the alarm counts. */
const KINDS_MAX = 1000;

export class ProvisioningRefusals {
  readonly #registry: Registry;
  readonly #onEvents: () => void;
  readonly #clock: () => number;
  readonly #kinds = new Map<string, Kind>();
  readonly #floods = new Map<string, Flood>();

  constructor(parts: {registry: Registry; onEvents: () => void; clock: () => number}) {
    this.#registry = parts.registry;
    this.#onEvents = parts.onEvents;
    this.#clock = parts.clock;
  }

  async record(refusal: ProvisioningRefusal): Promise<void> {
    const {tenant, type, subject, reason} = refusal;
    const key = JSON.stringify([tenant, type, subject, reason]);
    const kind = this.#kinds.get(key);
    const alarm = this.#isAlarm(tenant);
    if (kind) kind.counted++;
    const begins = !kind && this.#kinds.size < KINDS_MAX;
    if (begins) this.#kinds.set(key, {refusal, endsMs: this.#clock() + WINDOW_MS, counted: 0});
    await this.#tell([
      ...(begins ? [this.#event(refusal, 1)] : []),
      ...(alarm ? [this.#alarm(refusal)] : []),
    ]);
  }

  /** Tells of what was counted in the minutes that are over. To be called now and then. */
  async writeEnded(): Promise<void> {
    const nowMs = this.#clock();
    const ended: OutboxEvent[] = [];
    for (const [key, {refusal, endsMs, counted}] of this.#kinds) {
      if (endsMs > nowMs) break;
      this.#kinds.delete(key);
      // Those that were counted may have come from anywhere.
      if (counted > 0) ended.push(this.#event({...refusal, address: ''}, counted));
    }
    await this.#tell(ended);
  }

  #isAlarm(tenant: string): boolean {
    const nowMs = this.#clock();
    const known = this.#floods.get(tenant);
    const flood = known && known.endsMs > nowMs ? known : {count: 0, endsMs: nowMs + WINDOW_MS};
    if (flood !== known) this.#floods.set(tenant, flood);
    return ++flood.count === ALARM_AT;
  }

  #event({tenant, type, subject, reason, address}: ProvisioningRefusal, count: number): OutboxEvent {
    const data = {subject: subject || null, reason, address: address || null, count};
    return {tenant, device: '', type, recordedMs: this.#clock(), data};
  }

  #alarm({tenant, address}: ProvisioningRefusal): OutboxEvent {
    const data = {refusals: ALARM_AT, withinSec: WINDOW_MS / 1000, lastAddress: address || null};
    return {
      tenant,
      device: '',
      type: 'security.claim_bruteforce',
      recordedMs: this.#clock(),
      data,
    };
  }

  async #tell(events: readonly OutboxEvent[]): Promise<void> {
    if (events.length === 0) return;
    await this.#registry.outbox.add(events);
    this.#onEvents();
  }
}
