/** Events that wait to be committed, already packed. They are numbered only when their group is written. */
import type {NewEvent} from '../domain/event.js';
import {BatchEncoder} from './batch-encoder.js';
import type {Appended} from './event-stream.js';

/** A reader unpacks a batch as a whole: this bounds what reading one event costs. Just under 64 pages of 4 KiB. */
const BATCH_BYTES_MAX = 64 * 4096 - 1024;

/** What one commit writes: large enough to be limited by the disk, small enough for the next group to start soon. */
const GROUP_BYTES_MAX = 4 * 2 ** 20;

export class PendingBatch {
  readonly encoder = new BatchEncoder();
  readonly callbacks: Appended[] = [];

  add(event: NewEvent, appended: Appended): void {
    this.encoder.add(event);
    this.callbacks.push(appended);
  }

  get bytes(): number {
    return this.encoder.byteLength;
  }
}

export const bytesOf = (group: readonly PendingBatch[]): number =>
  group.reduce((sum, batch) => sum + batch.bytes, 0);

export class GroupQueue {
  #full: PendingBatch[] = [];
  #fullBytes = 0;
  #open: PendingBatch | undefined;

  get bytes(): number {
    return this.#fullBytes + (this.#open?.bytes ?? 0);
  }

  get isEmpty(): boolean {
    return this.#open === undefined && this.#full.length === 0;
  }

  add(event: NewEvent, appended: Appended): void {
    this.#open ??= new PendingBatch();
    this.#open.add(event, appended);
    if (this.#open.bytes >= BATCH_BYTES_MAX) this.#close();
  }

  /** The oldest batches, together about `GROUP_BYTES_MAX` at most, but at least one where there is one. */
  takeGroup(): PendingBatch[] {
    if (this.#open !== undefined && this.#fullBytes + this.#open.bytes <= GROUP_BYTES_MAX) this.#close();
    let bytes = 0;
    let count = 0;
    while (count < this.#full.length && (count === 0 || bytes + this.#full[count]!.bytes <= GROUP_BYTES_MAX))
      bytes += this.#full[count++]!.bytes;
    this.#fullBytes -= bytes;
    return this.#full.splice(0, count);
  }

  takeAll(): PendingBatch[] {
    this.#close();
    const all = this.#full;
    this.#full = [];
    this.#fullBytes = 0;
    return all;
  }

  #close(): void {
    if (this.#open === undefined) return;
    this.#fullBytes += this.#open.bytes;
    this.#full.push(this.#open);
    this.#open = undefined;
  }
}
