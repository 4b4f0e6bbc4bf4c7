/** A piece of the readings, series by series: what is asked of one series lies together. It is never changed. */
import {ReadingRows} from './reading-rows.js';

/** Small enough that what is asked of the last minutes reads little else, and that a row’s place fits into two bytes. */
export const BLOCK_ROWS = 16_384;

/** About so many bytes a reading takes: its time, its value, its place, and its part of what the block says of its series. */
export const BYTES_PER_READING = 20;

export interface Block {
  readonly count: number;
  readonly minUs: number;
  readonly maxUs: number;
  /** Numbers of the series that have readings here, ascending. */
  readonly series: Int32Array;
  /** Where the run of each of them begins; and where the last one ends. */
  readonly starts: Uint16Array;
  /** Of one run in the order in which they came. */
  readonly timesUs: Float64Array;
  readonly values: Float64Array;
  /** Which place among all readings of the block each one came at. */
  readonly places: Uint16Array;
  /** Within each run every time is after the one before. */
  readonly isOrdered: boolean;
}

/** Of all rows, which are at most `BLOCK_ROWS`, of series with numbers below `seriesCount`. */
export function blockOf(rows: ReadingRows, seriesCount: number): Block {
  const {count} = rows;
  const {series, starts, next} = runsOf(rows, seriesCount);
  const columns = {
    timesUs: new Float64Array(count),
    values: new Float64Array(count),
    places: new Uint16Array(count),
  };
  let [minUs, maxUs] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (let place = 0; place < count; place++) {
    const at = next[rows.series[place]!]!++;
    const timeUs = rows.timesUs[place]!;
    columns.timesUs[at] = timeUs;
    columns.values[at] = rows.values[place]!;
    columns.places[at] = place;
    if (timeUs < minUs) minUs = timeUs;
    if (timeUs > maxUs) maxUs = timeUs;
  }
  const block = {count, minUs, maxUs, series, starts, ...columns};
  return {...block, isOrdered: isOrdered(block)};
}

/** `next`: by the number of a series, where its first reading goes. */
function runsOf(
  {series, count}: ReadingRows,
  seriesCount: number,
): Pick<Block, 'series' | 'starts'> & {next: Int32Array} {
  const next = new Int32Array(seriesCount);
  for (let place = 0; place < count; place++) next[series[place]!]!++;
  const found: number[] = [];
  const starts: number[] = [];
  let start = 0;
  for (let number = 0; number < seriesCount; number++) {
    const length = next[number]!;
    if (length === 0) continue;
    found.push(number);
    starts.push(start);
    next[number] = start;
    start += length;
  }
  return {series: Int32Array.from(found), starts: Uint16Array.from([...starts, start]), next};
}

/** Its readings in the order in which they came. */
export function rowsOf({count, series, starts, timesUs, values, places}: Block): ReadingRows {
  const rows = new ReadingRows(count);
  rows.count = count;
  for (let run = 0; run < series.length; run++)
    for (let at = starts[run]!; at < starts[run + 1]!; at++) {
      const place = places[at]!;
      rows.series[place] = series[run]!;
      rows.timesUs[place] = timesUs[at]!;
      rows.values[place] = values[at]!;
    }
  return rows;
}

function isOrdered({series, starts, timesUs}: Omit<Block, 'isOrdered'>): boolean {
  for (let run = 0; run < series.length; run++)
    for (let at = starts[run]! + 1; at < starts[run + 1]!; at++)
      if (timesUs[at]! <= timesUs[at - 1]!) return false;
  return true;
}

/** Where a series is among those of a block, or -1. */
export function placeOf(series: Int32Array, number: number): number {
  // So it is where every series has readings in every block.
  if (series[number] === number) return number;
  let [low, high] = [0, series.length - 1];
  while (low <= high) {
    const middle = (low + high) >> 1;
    const found = series[middle]!;
    if (found === number) return middle;
    if (found < number) low = middle + 1;
    else high = middle - 1;
  }
  return -1;
}
