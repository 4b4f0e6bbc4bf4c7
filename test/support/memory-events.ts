/** Events in memory as the API sees them: a stream, and a store that has it up to wherever the test says. */
import {eventTimeMs, type NewEvent, type StoredEvent} from '../../src/domain/event.js';
import type {EventHistory, EventQuery, TailPorts} from '../../src/tail/history.js';
import {MemoryStream} from './memory-stream.js';

export class MemoryEvents {
  readonly stream = new MemoryStream();
  /** How many pages of history were asked for. */
  pages = 0;
  /** What a call of the store or the stream waits for before it answers. */
  delay: () => Promise<void> = () => Promise.resolve();
  #storedUpTo = 0;
  readonly #listeners = new Set<(head: number) => void>();

  append(...events: readonly NewEvent[]): number {
    const head = this.stream.append(...events);
    for (const listener of [...this.#listeners]) listener(head);
    return head;
  }

  /** The store takes that many more events, or all there are. */
  store(events = Number.POSITIVE_INFINITY): void {
    this.#storedUpTo = Math.min(this.stream.head(), this.#storedUpTo + events);
  }

  get listeners(): number {
    return this.#listeners.size;
  }

  readonly ports: TailPorts = {
    stream: new SlowStream(this.stream, () => this.delay()),
    history: (tenant, query) => this.#history(tenant, query),
    onHead: listener => {
      this.#listeners.add(listener);
      return () => this.#listeners.delete(listener);
    },
  };

  async #history(tenant: string, query: EventQuery): Promise<EventHistory> {
    this.pages++;
    await this.delay();
    const storedUpTo = this.#storedUpTo;
    const stored = storedUpTo === 0 ? [] : await this.stream.read(0, storedUpTo);
    await this.delay();
    const found = stored.filter(event => event.tenant === tenant && matches(event, query));
    const events = query.last === true ? found.slice(-query.limit) : found.slice(0, query.limit);
    return {events, more: events.length < found.length, storedUpTo};
  }
}

/** The same stream, whose reads take a while. */
class SlowStream extends MemoryStream {
  readonly #stream: MemoryStream;
  readonly #delay: () => Promise<void>;

  constructor(stream: MemoryStream, delay: () => Promise<void>) {
    super();
    this.#stream = stream;
    this.#delay = delay;
  }

  override first(): number {
    return this.#stream.first();
  }

  override head(): number {
    return this.#stream.head();
  }

  override async read(offset: number, maxEvents: number): Promise<StoredEvent[]> {
    await this.#delay();
    return await this.#stream.read(offset, maxEvents);
  }
}

export function matches(event: StoredEvent, query: Omit<EventQuery, 'limit'>): boolean {
  const {sinceMs, untilMs, device, type, afterOffset, beforeOffset} = query;
  return (
    (sinceMs === undefined || eventTimeMs(event) >= sinceMs) &&
    (untilMs === undefined || eventTimeMs(event) < untilMs) &&
    (device === undefined || event.device === device) &&
    (afterOffset === undefined || event.offset > afterOffset) &&
    (beforeOffset === undefined || event.offset < beforeOffset) &&
    (type === undefined ||
      (type.endsWith('.*') ? event.type.startsWith(type.slice(0, -1)) : event.type === type))
  );
}
