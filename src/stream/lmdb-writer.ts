/**
 * The stream's writer on LMDB: gathers events into groups, and commits one group while the next one gathers.
 * While it cannot write (the disk is full) it refuses events at once, and goes on by itself when it can.
 */
import {IotctlError} from '../domain/errors.js';
import type {NewEvent} from '../domain/event.js';
import {lastBatch, refresh} from './batch-table.js';
import {Blockade} from './blockade.js';
import {acknowledge, commitGroup, NO_OFFSET, refuse, reportBugs} from './commit-group.js';
import type {Appended, StreamWriter} from './event-stream.js';
import type {FreeSpace} from './free-space.js';
import {bytesOf, GroupQueue, PendingBatch} from './group-queue.js';
import {checkUsable, type Environment, fileBytes, liveBytes} from './lmdb-environment.js';
import {Retainer, type RetentionPass} from './retainer.js';
import type {RetentionLimits} from './retention.js';
import {diskFull, isDiskFull, writeFailure} from './storage-error.js';

/** A disk with less space than this is still full: otherwise each of the next few events would block again. */
const CLEAR_BYTES_MIN = 2 ** 20;

export class LmdbWriter implements StreamWriter {
  readonly #environment: Environment;
  readonly #space: FreeSpace;
  readonly #blockade = new Blockade(bytes => this.#canWrite(bytes));
  readonly #queue = new GroupQueue();
  readonly #retainer: Retainer;
  readonly #listeners: ((head: number) => void)[] = [];
  #head: number;
  #committingBytes = 0;
  #isScheduled = false;
  #working: Promise<void> | undefined;
  #isClosed = false;

  constructor(environment: Environment, space: FreeSpace, limits: RetentionLimits) {
    this.#environment = environment;
    this.#space = space;
    this.#head = lastBatch(environment)?.end ?? 0;
    this.#retainer = new Retainer(environment, limits, () => this.#schedule());
  }

  get head(): number {
    return this.#head;
  }

  get pendingBytes(): number {
    return this.#queue.bytes + this.#committingBytes;
  }

  get blockedBy(): string | undefined {
    const {refusal} = this.#blockade;
    if (refusal === undefined || this.#isClosed) return undefined;
    return isDiskFull(refusal) ? 'disk full' : refusal.message;
  }

  append(event: NewEvent, appended: Appended): void {
    const {refusal} = this.#blockade;
    if (refusal === undefined) {
      this.#queue.add(event, appended);
      this.#schedule();
    } else {
      queueMicrotask(() => appended(refusal, NO_OFFSET));
    }
  }

  onCommit(listener: (head: number) => void): void {
    this.#listeners.push(listener);
  }

  retain(nowMs: number): Promise<void> {
    return this.#retainer.retain(nowMs);
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#retainer.close();
    this.#blockade.raiseForGood(new IotctlError('IOT_PART_UNAVAILABLE', 'The event stream is closed.'));
    await this.#drain();
    await this.#environment.root.close();
  }

  /** Starts when this turn of the event loop is over: all that came in with it shares one commit. */
  #schedule(): void {
    if (this.#isScheduled || this.#working !== undefined) return;
    this.#isScheduled = true;
    setImmediate(() => {
      this.#isScheduled = false;
      void this.#drain();
    });
  }

  /** Resolves when all that waits now is written or refused. */
  #drain(): Promise<void> {
    if (this.#hasWork) this.#working ??= this.#commitAll();
    return this.#working ?? Promise.resolve();
  }

  get #hasWork(): boolean {
    return !this.#queue.isEmpty || this.#retainer.isWaiting;
  }

  async #commitAll(): Promise<void> {
    while (this.#hasWork) {
      const group = this.#queue.takeGroup();
      this.#committingBytes = bytesOf(group);
      if (group.length > 0 && !(await this.#hasRoom(this.#committingBytes))) this.#fail(group, diskFull());
      else await this.#commit(group, this.#retainer.takePass(this.#head));
    }
    // Not when the promise settles: what is appended in between would wait for ever.
    this.#working = undefined;
  }

  async #hasRoom(bytes: number): Promise<boolean> {
    if (this.#space.take(bytes)) return true;
    try {
      return await this.#space.takeMeasured(bytes, () => this.#reusableBytes());
    } catch {
      // Then writing shows what is wrong.
      return true;
    }
  }

  async #commit(events: readonly PendingBatch[], pass: RetentionPass | undefined): Promise<void> {
    const group = pass === undefined || pass.gaps.length === 0 ? events : [...events, batchOf(pass.gaps)];
    const first = this.#head;
    try {
      if (this.#blockade.refusal !== undefined) checkUsable(this.#environment);
      this.#head = await commitGroup(this.#environment, first, group, pass?.remove ?? []);
    } catch (error) {
      const reason = await writeFailure(error, this.#environment.folder);
      pass?.failed(reason);
      if (events.length > 0) this.#fail(events, await this.#explain(reason, bytesOf(events)));
      return;
    }
    // Before anyone is told: who waits for there to be less looks when its event is acknowledged.
    this.#committingBytes = 0;
    acknowledge(group, first);
    const end = this.#head;
    if (end > first) for (const listener of this.#listeners) reportBugs(() => listener(end));
    pass?.written();
  }

  /** A disk that fills up in the middle of a write is reported as a short write: only its space tells. */
  async #explain(reason: Error, bytes: number): Promise<Error> {
    if (isDiskFull(reason)) return reason;
    const fits = await this.#space.takeMeasured(bytes, () => 0).catch(() => true);
    return fits ? reason : diskFull(reason);
  }

  /** Nothing that waits can be written before what has just failed: offsets follow the order of appending. */
  #fail(group: readonly PendingBatch[], reason: Error): void {
    if (!this.#isClosed) this.#blockade.raise(reason, Math.max(CLEAR_BYTES_MIN, bytesOf(group)));
    this.#committingBytes = 0;
    refuse([...group, ...this.#queue.takeAll()], reason);
  }

  async #canWrite(bytes: number): Promise<boolean> {
    checkUsable(this.#environment);
    return this.#space.takeMeasured(bytes, () => this.#reusableBytes());
  }

  #reusableBytes(): number {
    refresh(this.#environment);
    return fileBytes(this.#environment) - liveBytes(this.#environment);
  }
}

function batchOf(events: readonly NewEvent[]): PendingBatch {
  const batch = new PendingBatch();
  for (const event of events) batch.add(event, () => {});
  return batch;
}
