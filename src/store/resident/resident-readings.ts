/**
 * The readings of a tenant in memory, as they are in the table: those from a time on, in blocks that are sorted by series.
 * Sums of them add the numbers of the table in the order of the table.
 */
import {microseconds} from '../microseconds.js';
import {BLOCK_ROWS, type Block, blockOf, rowsOf} from './block.js';
import {ReadingRows} from './reading-rows.js';
import type {SeriesNumbers} from './series-numbers.js';

/** Farther from the year 2000 (142 years) times in microseconds would not be exact when they are divided. */
const EXACT_US = 2 ** 52;
const EXACT_AROUND_US = Date.UTC(2000, 0, 1) * 1000;

/** Where there are too many, a share more of the oldest goes: that is room for a while. */
const TRIM_SHARE = 0.1;
/** About so many of all times tell where the oldest ones end. */
const SAMPLE = 100_000;

export interface TimeRange {
  readonly sinceMs: number;
  readonly untilMs: number;
}

export class ResidentReadings {
  #blocks: Block[] = [];
  /** Of the blocks, side by side: to look at each block itself would take as long as what is looked for. */
  #minsUs: number[] = [];
  #maxesUs: number[] = [];
  #open = new ReadingRows(0);
  /** Of the open rows, as they are now. */
  #openBlock: Block | undefined;
  #sealedCount = 0;

  /** What is from this time on (Unix microseconds) is here, and nothing else. */
  constructor(
    readonly series: SeriesNumbers,
    private fromUs: number,
  ) {}

  /** All that there are. */
  get isWhole(): boolean {
    return this.fromUs === Number.NEGATIVE_INFINITY;
  }

  get count(): number {
    return this.#sealedCount + this.#open.count;
  }

  add(series: number, timeUs: number, value: number): void {
    if (timeUs < this.fromUs) return;
    this.#open.add(series, timeUs, value);
    this.#openBlock = undefined;
    if (this.#open.count === BLOCK_ROWS) this.#seal();
  }

  addAll({count, series, timesUs, values}: ReadingRows): void {
    for (let place = 0; place < count; place++) this.add(series[place]!, timesUs[place]!, values[place]!);
  }

  /** The blocks that can have readings of the range, in the order in which they came; undefined where some are not here. */
  blocksOf(range: TimeRange): readonly Block[] | undefined {
    const {sinceUs, untilUs} = rangeUs(range);
    if (sinceUs < this.fromUs || !isExact(sinceUs) || !isExact(untilUs)) return undefined;
    if (this.#open.count > 0) this.#openBlock ??= blockOf(this.#open, this.series.all.length);
    const found: Block[] = [];
    for (let index = 0; index < this.#blocks.length; index++)
      if (this.#maxesUs[index]! >= sinceUs && this.#minsUs[index]! < untilUs)
        found.push(this.#blocks[index]!);
    const open = this.#openBlock;
    if (open && open.maxUs >= sinceUs && open.minUs < untilUs) found.push(open);
    return found;
  }

  /**
   * Where there are more than so many the oldest go. What came late is in any block: there may be more than so many left where it
   * is in most of them.
   */
  trim(countMax: number): void {
    if (this.count <= Math.max(0, countMax)) return;
    this.#seal();
    const blocks = this.#blocks;
    // Never back: what is older than before has left, but for what stays in blocks with newer ones.
    this.fromUs = Math.max(this.fromUs, quantileUs(blocks, 1 - (countMax * (1 - TRIM_SHARE)) / this.count));
    this.#blocks = [];
    this.#minsUs = [];
    this.#maxesUs = [];
    this.#sealedCount = 0;
    for (const block of blocks) {
      const kept = keptOf(block, this.fromUs);
      if (kept > block.count / 2) {
        this.#seal();
        this.#push(block);
      } else if (kept > 0) this.addAll(rowsOf(block));
    }
  }

  #seal(): void {
    if (this.#open.count === 0) return;
    this.#push(blockOf(this.#open, this.series.all.length));
    this.#open = new ReadingRows(0);
    this.#openBlock = undefined;
  }

  #push(block: Block): void {
    this.#blocks.push(block);
    this.#minsUs.push(block.minUs);
    this.#maxesUs.push(block.maxUs);
    this.#sealedCount += block.count;
  }
}

/** How many of a block are not older. */
function keptOf({count, minUs, maxUs, timesUs}: Block, fromUs: number): number {
  if (minUs >= fromUs) return count;
  if (maxUs < fromUs) return 0;
  let kept = 0;
  for (let row = 0; row < count; row++) if (timesUs[row]! >= fromUs) kept++;
  return kept;
}

/** About this share of the readings is older. */
function quantileUs(blocks: readonly Block[], share: number): number {
  const count = blocks.reduce((sum, block) => sum + block.count, 0);
  const step = Math.ceil(count / SAMPLE);
  const times: number[] = [];
  for (const {timesUs} of blocks)
    for (let row = 0; row < timesUs.length; row += step) times.push(timesUs[row]!);
  const sample = Float64Array.from(times).sort();
  return sample[Math.min(Math.ceil(share * sample.length), sample.length - 1)]!;
}

/** Half-open, in Unix microseconds. */
export interface RangeUs {
  readonly sinceUs: number;
  readonly untilUs: number;
}

/** As the statements have it. */
export const rangeUs = ({sinceMs, untilMs}: TimeRange): RangeUs => ({
  sinceUs: microseconds(sinceMs),
  untilUs: microseconds(untilMs),
});

const isExact = (timeUs: number): boolean => Math.abs(timeUs - EXACT_AROUND_US) <= EXACT_US;
