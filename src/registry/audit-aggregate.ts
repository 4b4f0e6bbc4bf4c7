/**
 * Keeps floods of refusals out of the audit log: the first of a kind is recorded at once, those that follow within a
 * minute are counted and become one record. Whatever comes, memory and records per minute are bounded, and the counts
 * of the records add up to what came.
 */
import {boundEntry} from '../audit/record.js';
import type {AuditEntry} from '../domain/audit.js';

export interface AggregateOptions {
  /** Milliseconds that only grow. */
  readonly now?: () => number;
}

const WINDOW_MS = 60_000;

/** Kinds that are counted apart. Further ones are counted together, by tenant. */
const KINDS_MAX = 200;

/** Tenants whose further kinds are counted apart. Those of further tenants are counted in the platform's chain. */
const TENANTS_MAX = 200;
const PLATFORM = 'platform';

/** What a record says where those that it stands for differ. */
const OTHER = 'other';

interface Kind {
  readonly endsMs: number;
  /** What came after the first, merged into one; undefined when nothing did. */
  counted: AuditEntry | undefined;
}

/** By key, the one that ends first in front. */
type Kinds = Map<string, Kind>;

export class AuditAggregate {
  readonly #write: (entry: AuditEntry) => Promise<unknown>;
  readonly #now: () => number;
  readonly #kinds: Kinds = new Map();
  readonly #others: Kinds = new Map();

  /** `write` appends one record. The tenants of entries have to be ones there are: each is a chain. */
  constructor(
    write: (entry: AuditEntry) => Promise<unknown>,
    {now = () => performance.now()}: AggregateOptions = {},
  ) {
    this.#write = write;
    this.#now = now;
  }

  /** For what was denied or has failed. Rejects when a record cannot be written; what it stands for stays counted. */
  async record(entry: AuditEntry): Promise<void> {
    const ended = this.writeEnded();
    const bounded = boundEntry(entry);
    const first = this.#hold(bounded, {isFirst: true});
    await Promise.all([ended, first && this.#writeOrHold(first)]);
  }

  /** Records what was counted in the minutes that are over. To be called now and then. */
  async writeEnded(): Promise<void> {
    await this.#writeUntil(this.#now());
  }

  /** Records everything that was counted: before a stop. */
  async flush(): Promise<void> {
    await this.#writeUntil(Number.POSITIVE_INFINITY);
  }

  /** Gives the entry back when it begins a window and may be written at once; counts it otherwise. */
  #hold(entry: AuditEntry, {isFirst}: {isFirst: boolean}): AuditEntry | undefined {
    const {kinds, key, entry: held} = this.#placeOf(entry);
    let kind = kinds.get(key);
    const begins = kind === undefined;
    if (!kind) {
      kind = {endsMs: this.#now() + WINDOW_MS, counted: undefined};
      kinds.set(key, kind);
    }
    if (begins && isFirst) return held;
    kind.counted = kind.counted ? merge(kind.counted, held) : held;
    return undefined;
  }

  #placeOf(entry: AuditEntry): {kinds: Kinds; key: string; entry: AuditEntry} {
    const key = keyOf(entry);
    if (this.#kinds.has(key) || this.#kinds.size < KINDS_MAX) return {kinds: this.#kinds, key, entry};
    const {tenant} = entry;
    const known = this.#others.has(tenant) || this.#others.size < TENANTS_MAX;
    const held = known ? entry : {...entry, tenant: PLATFORM};
    return {kinds: this.#others, key: held.tenant, entry: held};
  }

  async #writeUntil(endMs: number): Promise<void> {
    const counted = [...takeEnded(this.#kinds, endMs), ...takeEnded(this.#others, endMs)];
    await Promise.all(counted.map(entry => this.#writeOrHold(entry)));
  }

  async #writeOrHold(entry: AuditEntry): Promise<void> {
    try {
      await this.#write(entry);
    } catch (error) {
      this.#hold(entry, {isFirst: false});
      throw error;
    }
  }
}

const keyOf = ({tenant, actor, action, outcome, reason}: AuditEntry): string =>
  JSON.stringify([tenant, actor.kind, actor.name, action, outcome, reason, actor.address]);

function takeEnded(kinds: Kinds, endMs: number): AuditEntry[] {
  const entries: AuditEntry[] = [];
  for (const [key, {endsMs, counted}] of kinds) {
    if (endsMs > endMs) break;
    kinds.delete(key);
    if (counted) entries.push(counted);
  }
  return entries;
}

/** One entry for two: it says what both say, at the later time. */
function merge(one: AuditEntry, two: AuditEntry): AuditEntry {
  const both = <T>(a: T, b: T, differing: T): T => (a === b ? a : differing);
  return {
    timeMs: Math.max(one.timeMs, two.timeMs),
    tenant: one.tenant,
    actor: {
      kind: both(one.actor.kind, two.actor.kind, 'anonymous'),
      name: both(one.actor.name, two.actor.name, OTHER),
      tokenId: both(one.actor.tokenId, two.actor.tokenId, null),
      address: both(one.actor.address, two.actor.address, null),
      userAgent: both(one.actor.userAgent, two.actor.userAgent, null),
    },
    action: both(one.action, two.action, OTHER),
    target: both(one.target, two.target, OTHER),
    outcome: both(one.outcome, two.outcome, 'denied'),
    reason: both(one.reason, two.reason, null),
    before: both(one.before, two.before, null),
    after: both(one.after, two.after, null),
    count: (one.count ?? 1) + (two.count ?? 1),
    traceId: both(one.traceId, two.traceId, null),
  };
}
