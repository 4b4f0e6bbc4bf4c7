/** Which readings stay in memory, and that none of a range is missing where one answers. */
import fc from 'fast-check';
import {expect, it} from 'vitest';
import {BLOCK_ROWS, rowsOf} from '../../src/store/resident/block.js';
import {ResidentReadings} from '../../src/store/resident/resident-readings.js';
import {SeriesNumbers} from '../../src/store/resident/series-numbers.js';

const HOUR_MS = 3_600_000;
const BEGIN = Date.UTC(2026, 0, 31);

interface Made {
  readonly series: number;
  readonly ms: number;
}

/** In the order in which they came; some clocks are years ahead, or stand at 1970, and some readings come late. */
const made = fc
  .array(
    fc.record({
      series: fc.nat({max: 4}),
      clock: fc.constantFrom('right', 'right', 'right', 'late', 'ahead', 'none'),
      lateMs: fc.nat({max: 48 * HOUR_MS}),
    }),
    {minLength: 1, maxLength: 60},
  )
  .map(steps =>
    // Each stands for many readings, so that there are several blocks.
    steps.flatMap(({series, clock, lateMs}, step) =>
      Array.from({length: 1000}, (_, index): Made => {
        const ms = BEGIN + step * HOUR_MS + index * 1000;
        if (clock === 'late') return {series, ms: ms - lateMs};
        return {series, ms: clock === 'ahead' ? ms + 10_000 * HOUR_MS : clock === 'none' ? index : ms};
      }),
    ),
  );

it('are the newest by their own time, whole, and in the order in which they came', () => {
  fc.assert(
    fc.property(
      made,
      fc.integer({min: 1000, max: 60_000}),
      fc.integer({min: -1, max: 60}),
      (all, countMax, hour) => {
        const numbers = new SeriesNumbers();
        for (let series = 0; series < 5; series++) numbers.numberOf('t', `d${series}`, null);
        const readings = new ResidentReadings(numbers, Number.NEGATIVE_INFINITY);
        for (const [index, {series, ms}] of all.entries()) {
          readings.add(series, ms * 1000, index);
          if (index % 5000 === 4999) readings.trim(countMax);
        }
        readings.trim(countMax);
        // What stands at 1970 may be in most blocks, and stay in them; then the copy is given up.
        if (all.every(({ms}) => ms >= BEGIN - 48 * HOUR_MS))
          expect(readings.count).toBeLessThanOrEqual(countMax + BLOCK_ROWS);
        const range = {sinceMs: BEGIN + hour * HOUR_MS, untilMs: BEGIN + 20_000 * HOUR_MS};
        const blocks = readings.blocksOf(range);
        // Where there is room for all of them, all are here.
        if (all.length <= countMax) expect(blocks).toBeDefined();
        if (blocks === undefined) return;
        const found = blocks.flatMap(block => {
          const {count, timesUs, values} = rowsOf(block);
          return [...values.subarray(0, count)].filter((_, row) => timesUs[row]! >= range.sinceMs * 1000);
        });
        const expected = all.flatMap(({ms}, index) => (ms >= range.sinceMs ? [index] : []));
        expect(found).toEqual(expected);
      },
    ),
    {numRuns: 40},
  );
});

it('never promise again what has left, however many old ones stay among the newer', () => {
  const numbers = new SeriesNumbers();
  const series = numbers.numberOf('t', 'd', null);
  const readings = new ResidentReadings(numbers, Number.NEGATIVE_INFINITY);
  const add = (from: number, hours: number, oldShare: number): void => {
    for (let hour = from; hour < from + hours; hour++)
      for (let index = 0; index < BLOCK_ROWS; index++)
        readings.add(
          series,
          (BEGIN + (index < BLOCK_ROWS * oldShare ? -HOUR_MS : hour * HOUR_MS)) * 1000,
          index,
        );
  };
  // The first block is old and leaves; three tenths of each of the others are as old, and stay with them.
  add(-1, 1, 0);
  add(0, 8, 0.3);
  readings.trim(6 * BLOCK_ROWS);
  expect(readings.blocksOf({sinceMs: BEGIN - HOUR_MS, untilMs: BEGIN})).toBeUndefined();
  readings.trim(readings.count - 1);
  expect(readings.blocksOf({sinceMs: BEGIN - HOUR_MS, untilMs: BEGIN})).toBeUndefined();
});
