/**
 * Whether a tenant's readings are in memory, and that they are the ones of the table: what a transaction adds to that is added
 * here when it is committed, and whatever else may change it makes this copy worthless.
 */
import type {ReadingRows} from './reading-rows.js';
import type {ResidentReadings} from './resident-readings.js';
import {SERIES_MAX, SeriesNumbers} from './series-numbers.js';
import {StagedReadings} from './staged-readings.js';

/** What changes the table may go on doing so. */
const PAUSE_MS = 2000;

/** What is too much now will be for a while. */
const TOO_MUCH_PAUSE_MS = 600_000;

/** What a transaction does to the readings: it adds these, none, or nobody here knows. */
export type ReadingsChange = StagedReadings | 'none' | 'unknown';

export interface BegunCopy {
  readonly series: SeriesNumbers;
  readonly countMax: () => number;
  /** Whether it still is what is waited for. */
  readonly isHeld: () => boolean;
  /** The readings as they were when it was begun; undefined where they are too much. */
  readonly end: (readings: ResidentReadings | undefined) => void;
}

interface Copy {
  readonly series: SeriesNumbers;
  readonly countMax: () => number;
  /** Undefined while they are being loaded. */
  readings: ResidentReadings | undefined;
  /** Committed since the load began. */
  later: ReadingRows[];
}

export class ResidentCopy {
  #copy: Copy | undefined;
  #notBeforeMs = Number.NEGATIVE_INFINITY;

  /** Undefined where they are not in memory, or not yet. */
  get readings(): ResidentReadings | undefined {
    return this.#copy?.readings;
  }

  /** There is none, and it can be begun. */
  get mayBegin(): boolean {
    return this.#copy === undefined && performance.now() >= this.#notBeforeMs;
  }

  /** From here on each transaction has to tell what it adds. To be called between two of them. */
  begin(countMax: () => number): BegunCopy {
    const series = new SeriesNumbers();
    const copy: Copy = {series, countMax, readings: undefined, later: []};
    this.#copy = copy;
    return {
      series,
      countMax,
      isHeld: () => this.#copy === copy,
      end: readings => {
        if (this.#copy !== copy) return;
        copy.readings = readings;
        if (readings === undefined) this.drop(TOO_MUCH_PAUSE_MS);
        for (const rows of copy.later) this.#add(copy, rows);
        copy.later = [];
      },
    };
  }

  /** For the readings of the next transaction; undefined where nobody wants to know them. */
  stage(): StagedReadings | undefined {
    return this.#copy && new StagedReadings(this.#copy.series);
  }

  /** A transaction is in the table; one that failed may be. */
  committed(change: ReadingsChange): void {
    const copy = this.#copy;
    if (copy === undefined || change === 'none') return;
    if (change === 'unknown' || change.series !== copy.series) this.drop();
    else if (copy.readings === undefined) copy.later.push(change.rows);
    else this.#add(copy, change.rows);
  }

  /** It is not begun again for a while. */
  drop(pauseMs = PAUSE_MS): void {
    this.#copy = undefined;
    this.#notBeforeMs = performance.now() + pauseMs;
  }

  #add({readings, series, countMax}: Copy, rows: ReadingRows): void {
    try {
      readings?.addAll(rows);
      readings?.trim(countMax());
    } catch {
      // No memory for it. The rows are in the table, and a part of them is no copy.
      this.drop();
      return;
    }
    if (series.all.length > SERIES_MAX) this.drop(TOO_MUCH_PAUSE_MS);
    else if (readings !== undefined && readings.count > countMax()) this.drop();
  }
}
