import type {StoredEvent} from '../../domain/event.js';
import type {Reading} from '../../domain/telemetry.js';
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
        microseconds(timeMs ?? eventMs),
        value,
      );
  }
}

function microseconds(timeMs: number): number {
  const micros = timeMs * 1000;
  return Number.isSafeInteger(micros) ? micros : Math.trunc(timeMs) * 1000;
}
