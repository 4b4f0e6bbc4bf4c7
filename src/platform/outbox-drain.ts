/** Takes the events of changes from the outbox to the event stream: in their order, each once. */
import {type NewEvent, ownEvent} from '../domain/event.js';
import type {KeptEvent} from '../registry/outbox.js';
import type {Registry} from '../registry/registry.js';
import type {StreamReader} from '../stream/event-stream.js';

const BATCH = 500;

/** After a failure it is tried again, until the platform stops. */
const RETRY_MS = 1000;

export interface OutboxDrainParts {
  readonly registry: Registry;
  readonly reader: Pick<StreamReader, 'first' | 'head' | 'read'>;
  readonly append: (event: NewEvent) => Promise<number>;
  readonly onFault: (error: Error) => void;
}

export class OutboxDrain {
  readonly #parts: OutboxDrainParts;
  #work: Promise<void> | undefined;
  #again = false;
  #closed = false;
  #retry: NodeJS.Timeout | undefined;
  /** Whether what is in the outbox is in the stream, too, is known only while nothing failed. */
  #unsure = true;

  constructor(parts: OutboxDrainParts) {
    this.#parts = parts;
  }

  /** There may be events in it. */
  readonly wake = (): void => {
    this.#again = true;
    if (this.#closed) return;
    this.#work ??= this.#drain().finally(() => {
      this.#work = undefined;
      if (this.#again && this.#retry === undefined) this.wake();
    });
  };

  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#retry);
    await this.#work;
  }

  async #drain(): Promise<void> {
    this.#again = false;
    try {
      const {outbox} = this.#parts.registry;
      if (this.#unsure) await this.#forgetAppended();
      for (let kept = await outbox.next(BATCH); kept.length > 0; kept = await outbox.next(BATCH)) {
        await this.#appendAll(kept);
        if (this.#closed) return;
      }
    } catch (error) {
      if (this.#closed) return;
      this.#parts.onFault(error as Error);
      this.#retry = setTimeout(() => {
        this.#retry = undefined;
        this.wake();
      }, RETRY_MS).unref();
    }
  }

  async #appendAll(kept: readonly KeptEvent[]): Promise<void> {
    this.#unsure = true;
    // All are waited for: one that fails says nothing of those that are on their way.
    const appended = await Promise.allSettled(kept.map(({event}) => this.#parts.append(ownEvent(event))));
    const failed = appended.find(outcome => outcome.status === 'rejected');
    if (failed) throw failed.reason as Error;
    const offsets = appended.map(outcome => (outcome as PromiseFulfilledResult<number>).value);
    await this.#done(
      kept.map(({seq}) => seq),
      Math.max(...offsets) + 1,
    );
    this.#unsure = false;
  }

  /**
   * A crash, or a failure, came between the stream and the outbox: what was appended already is looked for in the stream,
   * and is not appended again. No more than one batch can have been on its way.
   */
  async #forgetAppended(): Promise<void> {
    const {registry, reader} = this.#parts;
    const waiting = new Map<string, number[]>();
    for (const {seq, event} of await registry.outbox.next(BATCH)) {
      const key = keyOf(ownEvent(event));
      waiting.set(key, [...(waiting.get(key) ?? []), seq]);
    }
    const head = reader.head();
    const marked = (await registry.outbox.mark()) ?? 0;
    // A mark that this stream has not reached is of another stream.
    const mark = marked > head ? 0 : marked;
    const seqs: number[] = [];
    let offset = Math.max(mark, reader.first());
    while (waiting.size > 0 && offset < head) {
      const events = await reader.read(offset, BATCH);
      if (events.length === 0) break;
      for (const event of events) {
        const [seq, ...others] = waiting.get(keyOf(event)) ?? [];
        if (seq === undefined) continue;
        seqs.push(seq);
        if (others.length > 0) waiting.set(keyOf(event), others);
        else waiting.delete(keyOf(event));
      }
      offset = events.at(-1)!.offset + 1;
    }
    if (seqs.length > 0) await this.#done(seqs, mark);
    this.#unsure = false;
  }

  /** In the commit of whatever else changes now. */
  async #done(seqs: readonly number[], offset: number): Promise<void> {
    await this.#parts.registry.transact(registry => registry.outbox.done(seqs, offset));
  }
}

/** What makes an event of a change this one. */
const keyOf = ({tenant, device, type, recordedMs, payload}: NewEvent): string =>
  JSON.stringify([tenant, device, type, recordedMs, Buffer.from(payload).toString()]);
