import type {StoredEvent} from '../../domain/event.js';
import type {Reading} from '../../domain/telemetry.js';
import {microseconds} from '../microseconds.js';
import {ReadingRows} from './reading-rows.js';
import type {SeriesNumbers} from './series-numbers.js';

/** Readings that a transaction is about to add to the table: with the names and times that they have there. */
export class StagedReadings {
  readonly rows = new ReadingRows(64);

  constructor(readonly series: SeriesNumbers) {}

  /** `eventMs` is the time of those that say none. */
  add({device, component}: StoredEvent, readings: readonly Reading[], eventMs: number): void {
    const part = component === '' ? null : component;
    for (const {timeMs, metric, value} of readings)
      this.rows.add(
        this.series.numberOf(metric.toWellFormed(), device, part),
        storedUs(timeMs ?? eventMs),
        value,
      );
  }
}

/** What `Column.setTime` stores, as near as a double has it: a time of an upload may have microseconds. */
function storedUs(timeMs: number): number {
  const micros = timeMs * 1000;
  return Number.isSafeInteger(micros) ? micros : microseconds(timeMs);
}
