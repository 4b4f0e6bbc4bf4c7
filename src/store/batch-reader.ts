/** Reads as much of the event stream as one transaction should take. */
import {IotctlError} from '../domain/errors.js';
import type {StoredEvent} from '../domain/event.js';
import {PLATFORM} from '../domain/tenant.js';
import type {StreamReader} from '../stream/event-stream.js';
import {Pauses} from './pauses.js';

/** A transaction takes at most about this much. */
const BATCH_EVENTS = 20_000;
const BATCH_BYTES = 4 * 1024 * 1024;
/** One read of the stream: bounds what a run of largest payloads can bring into memory at once. */
const READ_EVENTS = 250;

/** A batch of fewer is not what a transaction failed for. */
const FEW_EVENTS = 64;

export class BatchReader {
  #maxEvents = BATCH_EVENTS;
  #eventBytes = 0;

  constructor(private readonly stream: StreamReader) {}

  get maxEvents(): number {
    return this.#maxEvents;
  }

  get areSmall(): boolean {
    return this.#maxEvents < FEW_EVENTS;
  }

  /** After a transaction that failed: one that was too large for the memory gets through in the end. */
  shrink(): void {
    this.#maxEvents = Math.max(1, this.#maxEvents >> 2);
  }

  grow(): void {
    this.#maxEvents = Math.min(BATCH_EVENTS, this.#maxEvents * 2);
  }

  /** From an offset on, or from the first one that the stream still has. */
  async read(position: number): Promise<StoredEvent[]> {
    const events: StoredEvent[] = [];
    let bytes = 0;
    let offset = position;
    const pauses = new Pauses();
    while (events.length < this.#maxEvents && bytes < BATCH_BYTES) {
      const room = this.#eventBytes > 0 ? Math.ceil(BATCH_BYTES / this.#eventBytes) : READ_EVENTS;
      const read = await this.#readAt(offset, Math.min(READ_EVENTS, room, this.#maxEvents - events.length));
      if (read.length === 0) break;
      let readBytes = 0;
      for (const event of read) {
        readBytes += event.payload.length;
        events.push(event);
      }
      bytes += readBytes;
      this.#eventBytes = readBytes / read.length;
      offset = read.at(-1)!.offset + 1;
      if (pauses.isDue(read.length)) await pauses.take();
    }
    return events;
  }

  async #readAt(offset: number, maxEvents: number): Promise<StoredEvent[]> {
    try {
      return await this.stream.read(offset, maxEvents);
    } catch (error) {
      // Retention's hard limit was faster; the stream itself holds an event that says so.
      if (!(error instanceof IotctlError) || error.code !== 'IOT_OFFSET_GONE') throw error;
      return await this.stream.read(this.stream.first(), maxEvents);
    }
  }
}

/** Events of no tenant are the platform's own; they have a file of their own. */
export function byTenant(events: readonly StoredEvent[]): Map<string, StoredEvent[]> {
  const groups = new Map<string, StoredEvent[]>();
  let tenant: string | undefined;
  let group: StoredEvent[] = [];
  for (const event of events) {
    if (event.tenant !== tenant) {
      tenant = event.tenant;
      const key = tenant === '' ? PLATFORM : tenant;
      group = groups.get(key) ?? [];
      groups.set(key, group);
    }
    group.push(event);
  }
  return groups;
}
