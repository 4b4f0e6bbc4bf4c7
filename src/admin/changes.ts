/** Changes with their records: what was done and that it was done are written together, or neither is. */
import {digestOf} from '../audit/record.js';
import type {AuditEntry} from '../domain/audit.js';
import {IotctlError} from '../domain/errors.js';
import type {AuditAggregate} from '../registry/audit-aggregate.js';
import type {OutboxEvent} from '../registry/outbox.js';
import type {Registry} from '../registry/registry.js';
import {actorOf, type Origin} from './origin.js';

export interface Change {
  /** Whose chain tells of it. */
  readonly tenant: string;
  /** A permission, or another verb: `device:retire`, `login`. */
  readonly action: string;
  /** `device/lamp-1`. */
  readonly target: string;
  readonly reason?: string | undefined;
}

/** What became of it; the digests of both are recorded. Undefined for what was not, or is not, there. */
export interface Outcome<Result> {
  readonly result: Result;
  readonly before?: unknown;
  readonly after?: unknown;
  /** Told of it in the event stream. */
  readonly events?: readonly OutboxEvent[];
}

export class Changes {
  readonly #registry: Registry;
  readonly #refusals: AuditAggregate;

  readonly #onEvents: () => void;

  /** `onEvents` is called when there are events in the outbox. */
  constructor(registry: Registry, refusals: AuditAggregate, onEvents: () => void) {
    this.#registry = registry;
    this.#refusals = refusals;
    this.#onEvents = onEvents;
  }

  /** Runs `work` in a transaction that ends with its record. What fails is recorded too, and thrown. */
  async apply<Result>(
    origin: Origin,
    change: Change,
    work: (registry: Registry) => Promise<Outcome<Result>>,
  ): Promise<Result> {
    try {
      const {result, events = []} = await this.#registry.transact(async registry => {
        const outcome = await work(registry);
        const digests = {before: digest(outcome.before), after: digest(outcome.after)};
        await registry.record({...entryOf(origin, change), ...digests});
        await registry.outbox.add(outcome.events ?? []);
        return outcome;
      });
      if (events.length > 0) this.#onEvents();
      return result;
    } catch (error) {
      await this.failed(origin, change, error);
      throw error;
    }
  }

  /** For what is done elsewhere: recorded first, so that nothing is done without a word. */
  async announce(
    origin: Origin,
    change: Change,
    content?: unknown,
    registry = this.#registry,
  ): Promise<void> {
    await registry.record({...entryOf(origin, change), after: digest(content)});
  }

  /** Refusals that nobody was let near enough for a change: aggregated, as a stranger can cause any number. */
  async refused(origin: Origin, change: Change): Promise<void> {
    await this.#refusals.record({...entryOf(origin, change), outcome: 'denied'});
  }

  async failed(origin: Origin, change: Change, error: unknown): Promise<void> {
    const known = error instanceof IotctlError;
    const reason = known ? `${error.code}: ${error.message}` : 'IOT_INTERNAL';
    const denied = known && error.exitCode === 6;
    await this.#refusals.record({
      ...entryOf(origin, {...change, reason}),
      outcome: denied ? 'denied' : 'error',
    });
  }
}

const digest = (value: unknown): string | null => (value === undefined ? null : digestOf(value));

const entryOf = (origin: Origin, {tenant, action, target, reason}: Change): AuditEntry => ({
  timeMs: Date.now(),
  tenant,
  actor: actorOf(origin),
  action,
  target,
  outcome: 'allowed',
  reason: reason ?? null,
  traceId: origin.traceId,
});
