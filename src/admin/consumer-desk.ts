/** What running consumers ask and tell: which there are, how far each has come, what could not be delivered. */
import type {StoredEvent} from '../domain/event.js';
import type {ConsumerProgress, ConsumerSpec} from '../registry/consumers.js';
import type {OutboxEvent} from '../registry/outbox.js';
import type {Registry} from '../registry/registry.js';

interface Parts {
  readonly registry: Registry;
  /** There are events in the outbox. */
  readonly onEvents: () => void;
  readonly clock: () => number;
}

export interface ConsumerId {
  readonly tenant: string;
  readonly name: string;
}

export interface Refused extends ConsumerId {
  readonly event: StoredEvent;
  readonly reason: string;
  readonly attempts: number;
}

const DAY_MS = 86_400_000;

export class ConsumerDesk {
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  running(): Promise<ConsumerSpec[]> {
    return this.#parts.registry.consumers.running();
  }

  /** Writes down how far they are, and tells of those that fail, or do so no longer. */
  async progressed(all: readonly ConsumerProgress[]): Promise<void> {
    const {registry, clock, onEvents} = this.#parts;
    const told = await registry.transact(async inside => {
      const nowMs = clock();
      await inside.consumers.progressed(all, nowMs);
      const events = (await inside.consumers.toTell(nowMs)).map(
        ({tenant, name, problem}): OutboxEvent => ({
          tenant,
          device: '',
          type: problem === null ? 'consumer.recovered' : 'consumer.failing',
          recordedMs: nowMs,
          data: {consumer: name, ...(problem === null ? {} : {reason: problem})},
        }),
      );
      await inside.outbox.add(events);
      return events;
    });
    if (told.length > 0) onEvents();
  }

  /** Throws `IOT_CONFLICT` where there is no room. */
  async putAside({tenant, name, ...refused}: Refused): Promise<void> {
    const {registry, clock} = this.#parts;
    await registry.transact(inside => inside.deadLetters.add({tenant, consumer: name}, refused, clock()));
  }

  /** The next dead letters that are to be tried again, behind an offset. */
  replays({tenant, name, after}: ConsumerId & {after: number}): Promise<StoredEvent[]> {
    return this.#parts.registry.deadLetters.replaying({tenant, consumer: name}, {after, limit: 100});
  }

  async replayed({tenant, name, offset}: ConsumerId & {offset: number}): Promise<void> {
    const {registry} = this.#parts;
    await registry.transact(inside => inside.deadLetters.remove({tenant, consumer: name}, [offset]));
  }

  /** Tells of events that may be gone before this consumer has read them; `newest` is the stream's last offset. */
  async begins({tenant, name, newest}: ConsumerId & {newest: number}): Promise<void> {
    const {registry, clock, onEvents} = this.#parts;
    const nowMs = clock();
    const {raw} = await registry.retention.get(tenant);
    const consumer = await registry.consumers.find(tenant, name);
    if (raw.deleteAfterDays === null || consumer === undefined || consumer.offset >= newest) return;
    if (Date.parse(consumer.movedAt) >= nowMs - raw.deleteAfterDays * DAY_MS) return;
    await registry.transact(async inside => {
      await inside.consumers.noteGap(tenant, name, nowMs);
      const data = {
        consumer: name,
        after: consumer.offset,
        since: consumer.movedAt,
        keptDays: raw.deleteAfterDays,
      };
      await inside.outbox.add([{tenant, device: '', type: 'consumer.gap', recordedMs: nowMs, data}]);
    });
    onEvents();
  }
}
