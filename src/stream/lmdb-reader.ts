/** A reader of the stream on LMDB, in any thread. It sees what the writer has committed, and never waits for it. */
import assert from 'node:assert/strict';
import {IotctlError} from '../domain/errors.js';
import type {StoredEvent} from '../domain/event.js';
import {corrupt, decodeBatch} from './batch-decoder.js';
import type {BatchKey} from './batch-key.js';
import {batchAt, batchesFrom, firstBatch, lastBatch, refresh} from './batch-table.js';
import {readCursor, readCursors, writeCursor} from './cursor-table.js';
import type {StreamReader} from './event-stream.js';
import {type Environment, fileBytes} from './lmdb-environment.js';
import type {Cursor} from './retention.js';
import {storageError, writeFailure} from './storage-error.js';

/** One read gives back no more than about this, however many events were asked for. */
const READ_BYTES_MAX = 8 * 2 ** 20;

interface Unpacked {
  readonly key: BatchKey;
  readonly events: readonly StoredEvent[];
}

const NOTHING_UNPACKED: Unpacked = {key: {first: -1, end: -1, newestMs: 0, bytes: 0}, events: []};

export class LmdbReader implements StreamReader {
  readonly #environment: Environment;
  /** Read in small steps, a large batch is unpacked only once. */
  #unpacked: Unpacked = NOTHING_UNPACKED;

  constructor(environment: Environment) {
    this.#environment = environment;
  }

  first(): number {
    return this.#look(() => firstBatch(this.#environment)?.first ?? 0);
  }

  head(): number {
    return this.#look(() => lastBatch(this.#environment)?.end ?? 0);
  }

  async read(offset: number, maxEvents: number): Promise<StoredEvent[]> {
    assert(Number.isSafeInteger(offset) && offset >= 0, `not an offset: ${offset}`);
    assert(Number.isInteger(maxEvents) && maxEvents > 0, `not a number of events: ${maxEvents}`);
    return this.#look(() => {
      const start = this.#batchAt(offset);
      if (start === undefined) return [];
      return this.#readUnpacked(start, offset, maxEvents) ?? this.#readFrom(start, offset, maxEvents);
    });
  }

  cursor(name: string): number | undefined {
    return this.#look(() => readCursor(this.#environment, name));
  }

  cursors(): Cursor[] {
    return this.#look(() => readCursors(this.#environment));
  }

  async moveCursor(name: string, offset: number): Promise<void> {
    assert(name !== '', 'a cursor has a name');
    assert(Number.isSafeInteger(offset) && offset >= 0, `not an offset: ${offset}`);
    // Looking first also fails where LMDB has given up on the file, and a write would wait for ever.
    if (this.cursor(name) === offset) return;
    try {
      await writeCursor(this.#environment, name, offset);
    } catch (error) {
      throw await writeFailure(error, this.#environment.folder);
    }
  }

  bytes(): number {
    return this.#look(() => fileBytes(this.#environment));
  }

  async close(): Promise<void> {
    this.#unpacked = NOTHING_UNPACKED;
    await this.#environment.root.close();
  }

  /** Looks at what is committed now, and at nothing that is committed meanwhile. */
  #look<T>(look: () => T): T {
    try {
      refresh(this.#environment);
      return look();
    } catch (error) {
      throw storageError(error, this.#environment.folder);
    }
  }

  #readUnpacked(start: BatchKey, offset: number, maxEvents: number): StoredEvent[] | undefined {
    const {key, events} = this.#unpacked;
    if (key.first !== start.first || offset + maxEvents > key.end) return undefined;
    return events.slice(offset - key.first, offset - key.first + maxEvents);
  }

  /** The batch that holds `offset`; undefined when that is the head, or beyond it. */
  #batchAt(offset: number): BatchKey | undefined {
    const found = batchAt(this.#environment, offset);
    if (found !== undefined && offset < found.end) return found;
    const first = found === undefined ? firstBatch(this.#environment)?.first : undefined;
    if (first !== undefined)
      throw new IotctlError('IOT_OFFSET_GONE', `Offset ${offset} is gone; the oldest one held is ${first}.`);
    const head = lastBatch(this.#environment)?.end ?? 0;
    if (offset < head) throw corrupt(offset, 'a batch is missing');
    return undefined;
  }

  #readFrom(start: BatchKey, offset: number, maxEvents: number): StoredEvent[] {
    const events: StoredEvent[] = [];
    let bytes = 0;
    let expected = start.first;
    for (const {key, value} of batchesFrom(this.#environment, start.first)) {
      if (key.first !== expected) throw corrupt(expected, 'a batch is missing');
      const batch = this.#unpack(key, value);
      const from = Math.max(0, offset - key.first);
      for (let index = from; index < batch.length && events.length < maxEvents; index++)
        events.push(batch[index]!);
      bytes += key.bytes;
      expected = key.end;
      if (events.length >= maxEvents || bytes >= READ_BYTES_MAX) break;
    }
    return events;
  }

  #unpack(key: BatchKey, value: Buffer): readonly StoredEvent[] {
    if (this.#unpacked.key.first === key.first) return this.#unpacked.events;
    const events = decodeBatch(value, key.first);
    if (events.length !== key.end - key.first) throw corrupt(key.first, 'it holds another number of events');
    this.#unpacked = {key, events};
    return events;
  }
}
