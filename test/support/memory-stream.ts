/** An event stream in memory: the reader's side of `StreamReader`, with `append` in place of a writer. */
import {IotctlError} from '../../src/domain/errors.js';
import type {NewEvent, StoredEvent} from '../../src/domain/event.js';
import type {StreamReader} from '../../src/stream/event-stream.js';

export class MemoryStream implements StreamReader {
  readonly #events: StoredEvent[] = [];
  readonly #cursors = new Map<string, number>();
  #first = 0;

  append(...events: readonly NewEvent[]): number {
    for (const event of events) this.#events.push({...event, offset: this.#events.length});
    return this.#events.length;
  }

  /** What retention does: everything below is gone. */
  dropBelow(offset: number): void {
    this.#first = offset;
  }

  forgetCursors(): void {
    this.#cursors.clear();
  }

  first(): number {
    return this.#first;
  }

  head(): number {
    return this.#events.length;
  }

  read(offset: number, maxEvents: number): Promise<StoredEvent[]> {
    if (offset < this.#first) {
      return Promise.reject(new IotctlError('IOT_OFFSET_GONE', `offset ${offset} is not held any more`));
    }
    return Promise.resolve(this.#events.slice(offset, offset + maxEvents));
  }

  cursor(name: string): number | undefined {
    return this.#cursors.get(name);
  }

  cursors(): {name: string; offset: number}[] {
    return [...this.#cursors].map(([name, offset]) => ({name, offset}));
  }

  moveCursor(name: string, offset: number): Promise<void> {
    this.#cursors.set(name, offset);
    return Promise.resolve();
  }

  bytes(): number {
    return this.#events.reduce((sum, {payload}) => sum + payload.length, 0);
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}
