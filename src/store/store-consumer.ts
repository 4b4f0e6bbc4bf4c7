/**
 * The consumer of the event stream that fills the tenants' files.
 *
 * Each file's rows and its place in the stream are committed together, so that after any crash each event is stored
 * exactly once. The stream's cursor `store` only follows: it tells what retention may take away.
 */
import {setTimeout} from 'node:timers/promises';
import {IotctlError} from '../domain/errors.js';
import type {StoredEvent} from '../domain/event.js';
import type {StreamReader} from '../stream/event-stream.js';
import {BatchReader, byTenant} from './batch-reader.js';
import {EventBatch} from './event-batch.js';
import {Pauses} from './pauses.js';
import {isFatal, isOutOfMemory, storeError} from './store-errors.js';
import type {TenantDatabase} from './tenant-database.js';
import type {TenantFiles} from './tenant-files.js';

export const STORE_CURSOR = 'store';

/** After a commit, events gather this long before the next: a commit costs about as much as 500 events. */
const GATHER_MS = 40;
/** The head is looked at this often even when nobody wakes the consumer. */
const IDLE_MS = 1000;
/** A tenant's file that is this far behind the stream is told so even though nothing is added to it. */
const SILENT_EVENTS = 200_000;
const RETRY_FIRST_MS = 100;
const RETRY_MAX_MS = 2000;

export class StoreConsumer {
  #position = 0;
  #problem: IotctlError | undefined;
  readonly #batches: BatchReader;
  readonly #batch = new EventBatch();
  readonly #stop = new AbortController();
  readonly #givenUp = new Set<TenantDatabase>();
  #wake: () => void = () => undefined;
  /** Only the consumer takes a file away, or lets others write to it: it may be writing itself. */
  #between: {work: () => Promise<void>; reject: (reason: Error) => void}[] = [];
  #running: Promise<void> | undefined;
  #waiting: {offset: number; reached: () => void}[] = [];

  constructor(
    private readonly reader: StreamReader,
    private readonly files: TenantFiles,
  ) {
    this.#batches = new BatchReader(reader);
  }

  /** Everything below is stored, for every tenant. */
  get position(): number {
    return this.#position;
  }

  /** Why nothing can be stored just now; clears by itself. */
  get problem(): IotctlError | undefined {
    return this.#problem;
  }

  get lag(): number {
    return Math.max(0, this.reader.head() - this.#position);
  }

  /** Finds the place to go on from, and begins. Throws `IOT_DATA_CORRUPT` when a file is ahead of the stream. */
  async start(): Promise<void> {
    const databases = await this.files.openAll();
    const head = this.reader.head();
    for (const {file, progress} of databases) {
      if (progress.nextOffset <= head) continue;
      throw new IotctlError(
        'IOT_DATA_CORRUPT',
        `${file} holds events up to offset ${progress.nextOffset - 1}, but the event stream ends before ${head}: they do not belong together`,
      );
    }
    // Not from the stream's cursor: a file that was taken away, or lost its last transactions, is filled again from
    // what the stream still holds. The other files skip what they have.
    const stored = Math.min(...databases.map(({progress}) => progress.nextOffset));
    this.#position = Math.max(this.reader.first(), stored);
    this.#running = this.#run();
  }

  /** A query met an instance that DuckDB has given up. Only the consumer may close it: it may be writing. */
  giveUp(database: TenantDatabase): void {
    this.#givenUp.add(database);
    this.#wake();
  }

  /** Deletes a tenant's file; what the stream still holds of it is not stored again. */
  async erase(tenant: string): Promise<void> {
    await this.between(() => this.files.erase(tenant));
  }

  /** Does `work` between two transactions of its own. Throws `IOT_PART_UNAVAILABLE` when it is stopped before. */
  async between(work: () => Promise<void>): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      if (this.#stop.signal.aborted) throw stopped();
      this.#between.push({work: () => work().then(resolve, reject), reject});
      this.#wake();
    });
  }

  /** There may be new events. */
  wake(): void {
    this.#wake();
  }

  /** Resolves when everything is stored that is in the stream now. */
  catchUp(): Promise<void> {
    const offset = this.reader.head();
    if (this.#position >= offset) return Promise.resolve();
    return new Promise(reached => {
      this.#waiting.push({offset, reached});
      this.#wake();
    });
  }

  /** Finishes the transaction in hand, then stops. */
  async stop(): Promise<void> {
    this.#stop.abort();
    this.#wake();
    await this.#running;
    // What this would save is only reading at the next start.
    await this.#advanceSilent(this.#position, 0).catch(() => undefined);
  }

  async #run(): Promise<void> {
    const {signal} = this.#stop;
    let committedMs = Number.NEGATIVE_INFINITY;
    while (!signal.aborted) {
      await this.#discardGivenUp();
      for (const {work} of this.#between.splice(0)) await work();
      if (this.#position >= this.reader.head()) {
        await this.#idle();
        continue;
      }
      const restMs = committedMs + GATHER_MS - performance.now();
      if (restMs > 0 && this.lag < this.#batches.maxEvents) await this.#pause(restMs);
      await this.#untilDone(() => this.#storeNext());
      committedMs = performance.now();
    }
    for (const {reject} of this.#between.splice(0)) reject(stopped());
  }

  async #storeNext(): Promise<void> {
    const events = await this.#batches.read(this.#position);
    const next = events.length > 0 ? events.at(-1)!.offset + 1 : this.reader.head();
    for (const [tenant, own] of byTenant(events))
      if (!this.files.isErased(tenant)) await this.#storeTenant(tenant, own);
    await this.#advanceSilent(next, SILENT_EVENTS);
    await this.reader.moveCursor(STORE_CURSOR, next);
    this.#position = next;
    this.#batches.grow();
    this.#waiting = this.#waiting.filter(({offset, reached}) => {
      if (offset > next) return true;
      reached();
      return false;
    });
  }

  async #storeTenant(tenant: string, events: readonly StoredEvent[]): Promise<void> {
    const database = await this.files.get(tenant);
    const {nextOffset, eventCount} = database.progress;
    try {
      this.#batch.clear();
      const staged = database.resident.stage();
      const pauses = new Pauses();
      for (const event of events) {
        if (event.offset >= nextOffset) this.#batch.add(event, staged);
        if (pauses.isDue()) await pauses.take();
      }
      if (this.#batch.eventCount === 0) return;
      const next = {
        nextOffset: events.at(-1)!.offset + 1,
        eventCount: eventCount + this.#batch.eventCount,
        lastEventMs: events.at(-1)!.recordedMs,
      };
      const models = await database.models.prepare(database.writer, events);
      await database.transact(next, staged ?? 'unknown', async writer => {
        await this.#batch.appendTo(writer);
        const offsets = {from: nextOffset, before: next.nextOffset};
        for (const model of models) await database.models.fill(writer, model, offsets);
      });
    } catch (error) {
      await this.#recover(database, error);
      throw storeError(error, database.file);
    }
  }

  /** Tells the files of tenants that said nothing for long how far the stream is read, so that a start need not. */
  async #advanceSilent(position: number, behind: number): Promise<void> {
    for (const database of await this.files.opened()) {
      const {progress} = database;
      if (progress.nextOffset + behind >= position) continue;
      await database.transact({...progress, nextOffset: position}, 'none', () => Promise.resolve());
    }
  }

  /** An instance that DuckDB has given up is closed; the next try opens the file again. */
  async #recover(database: TenantDatabase, error: unknown): Promise<void> {
    this.#batches.shrink();
    // A smaller batch does not help a checkpoint, which DuckDB gives up for good, nor one of few events.
    const starved = isOutOfMemory(error) && (isFatal(error) || this.#batches.areSmall);
    const grown = starved && this.files.growMemory(database.tenant);
    try {
      if (grown || isFatal(error)) await this.files.discard(database);
      else await database.refreshProgress();
    } catch {
      await this.files.discard(database);
    }
  }

  async #discardGivenUp(): Promise<void> {
    for (const database of this.#givenUp) await this.files.discard(database);
    this.#givenUp.clear();
  }

  /** Tries until it works; meanwhile `problem` says why it does not. */
  async #untilDone(attempt: () => Promise<void>): Promise<void> {
    for (let retryMs = RETRY_FIRST_MS; !this.#stop.signal.aborted; retryMs *= 2) {
      try {
        await attempt();
        this.#problem = undefined;
        return;
      } catch (error) {
        this.#problem = storeError(error, this.files.folder);
        await this.#pause(Math.min(retryMs, RETRY_MAX_MS));
      }
    }
  }

  async #idle(): Promise<void> {
    const timer = new AbortController();
    const woken = new Promise<void>(resolve => {
      this.#wake = resolve;
    });
    await Promise.race([woken, this.#pause(IDLE_MS, timer.signal)]);
    timer.abort();
  }

  async #pause(delayMs: number, signal: AbortSignal = this.#stop.signal): Promise<void> {
    await setTimeout(delayMs, undefined, {signal}).catch(() => undefined);
  }
}

const stopped = (): IotctlError => new IotctlError('IOT_PART_UNAVAILABLE', 'the store is being closed');
