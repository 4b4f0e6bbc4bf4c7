/** The readings of one series as they lie in a block, and in the order of their times. */
import {type Block, placeOf} from './block.js';
import {ReadingRows} from './reading-rows.js';
import type {RangeUs} from './resident-readings.js';

/** To put a series of more readings into the order of their times, or more late ones, is work for the table. */
const SERIES_READINGS_MAX = 2_000_000;
const LATE_MAX = 200_000;

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

/**
 * All of a series. Undefined where readings of one time differ, as it is not known here which of them came first; and where there are
 * too many.
 */
export function sortedReadings(
  blocks: readonly Block[],
  series: number,
  range: RangeUs,
): TimedRun | undefined {
  const {timesUs, values, to} = readingsAsTheyCame(blocks, series, range);
  const late = lateRows(timesUs, to);
  if (to > SERIES_READINGS_MAX || late.length > LATE_MAX) return undefined;
  const isLate = new Uint8Array(to);
  for (const row of late) isLate[row] = 1;
  late.sort((a, b) => timesUs[a]! - timesUs[b]!);
  const sorted = {timesUs: new Float64Array(to), values: new Float64Array(to), from: 0, to};
  let [inTime, next] = [0, 0];
  for (let row = 0; row < to; row++) {
    while (inTime < to && isLate[inTime] === 1) inTime++;
    const isNextLate = next < late.length && (inTime === to || timesUs[late[next]!]! < timesUs[inTime]!);
    const from = isNextLate ? late[next++]! : inTime++;
    sorted.timesUs[row] = timesUs[from]!;
    sorted.values[row] = values[from]!;
    if (row > 0 && differ(sorted, row - 1, row)) return undefined;
  }
  return sorted;
}

const differ = ({timesUs, values}: TimedRun, row: number, next: number): boolean =>
  timesUs[row] === timesUs[next] && values[row] !== values[next];

function readingsAsTheyCame(blocks: readonly Block[], series: number, {sinceUs, untilUs}: RangeUs): TimedRun {
  const rows = new ReadingRows(0);
  for (const {series: all, starts, timesUs, values} of blocks) {
    const run = placeOf(all, series);
    if (run < 0) continue;
    for (let row = starts[run]!; row < starts[run + 1]!; row++) {
      const timeUs = timesUs[row]!;
      if (timeUs >= sinceUs && timeUs < untilUs) rows.add(series, timeUs, values[row]!);
    }
    if (rows.count > SERIES_READINGS_MAX) break;
  }
  return {timesUs: rows.timesUs, values: rows.values, from: 0, to: rows.count};
}

/** Those that are not behind all that came before them; no more are looked for than are sorted. */
function lateRows(timesUs: Float64Array, count: number): number[] {
  const late: number[] = [];
  let lastUs = Number.NEGATIVE_INFINITY;
  for (let row = 0; row < count && late.length <= LATE_MAX; row++) {
    if (timesUs[row]! > lastUs) lastUs = timesUs[row]!;
    else late.push(row);
  }
  return late;
}

function areInTime(timesUs: Float64Array, from: number, to: number): boolean {
  for (let row = from + 1; row < to; row++) if (timesUs[row]! <= timesUs[row - 1]!) return false;
  return true;
}
