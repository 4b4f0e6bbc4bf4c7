/** The readings of one series as they lie in a block, and in the order of their times. */
import {type Block, placeOf} from './block.js';
import type {RangeUs} from './resident-readings.js';

/** Rows from `from` to before `to`; times are Unix microseconds. */
export interface TimedRun {
  readonly timesUs: Float64Array;
  readonly values: Float64Array;
  readonly from: number;
  readonly to: number;
}

/** What a run of a block has of the range; undefined where it is not in the order of time, or not behind `beforeUs`. */
export function runInTime(
  {starts, timesUs, values, isOrdered}: Block,
  run: number,
  {sinceUs, untilUs}: RangeUs,
  beforeUs: number,
): TimedRun | undefined {
  let [from, to] = [starts[run]!, starts[run + 1]!];
  if (!isOrdered && !areInTime(timesUs, from, to)) return undefined;
  while (from < to && timesUs[from]! < sinceUs) from++;
  while (to > from && timesUs[to - 1]! >= untilUs) to--;
  return from < to && timesUs[from]! <= beforeUs ? undefined : {timesUs, values, from, to};
}

/** All of a series; undefined where readings of one time differ: which of them came first is not known here. */
export function sortedReadings(
  blocks: readonly Block[],
  series: number,
  {sinceUs, untilUs}: RangeUs,
): TimedRun | undefined {
  const readings: {timeUs: number; value: number}[] = [];
  for (const {series: all, starts, timesUs, values} of blocks) {
    const run = placeOf(all, series);
    if (run < 0) continue;
    for (let row = starts[run]!; row < starts[run + 1]!; row++) {
      const timeUs = timesUs[row]!;
      if (timeUs >= sinceUs && timeUs < untilUs) readings.push({timeUs, value: values[row]!});
    }
  }
  readings.sort((a, b) => a.timeUs - b.timeUs);
  if (readings.some((reading, row) => row > 0 && differs(readings[row - 1]!, reading))) return undefined;
  const timesUs = Float64Array.from(readings, ({timeUs}) => timeUs);
  return {timesUs, values: Float64Array.from(readings, ({value}) => value), from: 0, to: readings.length};
}

interface Timed {
  readonly timeUs: number;
  readonly value: number;
}

const differs = (before: Timed, reading: Timed): boolean =>
  before.timeUs === reading.timeUs && before.value !== reading.value;

function areInTime(timesUs: Float64Array, from: number, to: number): boolean {
  for (let row = from + 1; row < to; row++) if (timesUs[row]! <= timesUs[row - 1]!) return false;
  return true;
}
