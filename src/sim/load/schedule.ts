/**
 * Who sends which message when: the messages of a run go round its publishers, so that each sends as often as the others. A process
 * that runs every third publisher sees every third message, at the time that the schedule of the whole run gives it.
 */
import {type Due, DueHeap} from '../device/due-heap.js';
import type {RateCurve} from './rate-curve.js';

export interface ScheduleOptions {
  readonly curve: RateCurve;
  /** Publishers of the whole run. */
  readonly publishers: number;
  /** Those of this process: `first`, `first + step`, … */
  readonly first: number;
  readonly step: number;
  /** A message is due up to so much later than the curve says: always the same for the same message. */
  readonly jitterMs: number;
}

interface Delayed extends Due {
  readonly publisher: number;
}

export class Schedule {
  readonly #options: ScheduleOptions;
  readonly #delayed = new DueHeap<Delayed>();
  /** The next message of this process on the curve. */
  #round = 0;
  #publisher: number;
  #nextMs: number;

  constructor(options: ScheduleOptions) {
    this.#options = options;
    this.#publisher = options.first;
    this.#nextMs = options.first < options.publishers ? this.#curveMs() : Infinity;
  }

  /** When the next message is due, in milliseconds after the start; Infinity after the last. */
  get nextMs(): number {
    // What the curve still has is due at its time or later.
    return Math.min(this.#nextMs, this.#delayed.nextMs);
  }

  /** Tells the publisher of each message that is due by then, in order of their times. */
  release(atMs: number, due: (publisher: number) => void): void {
    if (this.#options.jitterMs === 0) {
      while (this.#nextMs <= atMs) {
        due(this.#publisher);
        this.#advance();
      }
      return;
    }
    while (this.#nextMs <= atMs) {
      const dueMs = this.dueMs(this.#publisher, this.#round);
      this.#delayed.set({publisher: this.#publisher, dueMs: 0, heapIndex: -1}, dueMs);
      this.#advance();
    }
    for (let next = this.#delayed.take(atMs); next !== undefined; next = this.#delayed.take(atMs))
      due(next.publisher);
  }

  /** The curve is another one from now on; what was released before stays so. */
  curveChanged(): void {
    if (this.#options.first < this.#options.publishers) this.#nextMs = this.#curveMs();
  }

  /** When message `sequence` of a publisher is due. */
  dueMs(publisher: number, sequence: number): number {
    const {curve, publishers, jitterMs} = this.#options;
    const message = sequence * publishers + publisher;
    return jitterMs === 0 ? curve.dueMs(message) : curve.dueMs(message) + jitterMs * fraction(message);
  }

  #curveMs(): number {
    const {curve, publishers} = this.#options;
    return curve.dueMs(this.#round * publishers + this.#publisher);
  }

  #advance(): void {
    const {publishers, first, step} = this.#options;
    this.#publisher += step;
    if (this.#publisher >= publishers) {
      this.#publisher = first;
      this.#round++;
    }
    this.#nextMs = this.#curveMs();
  }
}

/** From 0 to below 1, as if by chance, but the same for the same number (the finalizer of MurmurHash3). */
function fraction(number: number): number {
  let hash = number ^ (number / 2 ** 32);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return ((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32;
}
