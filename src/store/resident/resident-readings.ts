/**
 * The readings of a tenant in memory, as they are in the table: those from a time on, in blocks that are sorted by series.
 * What is asked of them has the same answer as the table: sums add the same numbers in the same order.
 */
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
  #open = new ReadingRows(BLOCK_ROWS);
  /** Of the open rows, as they are now. */
  #openBlock: Block | undefined;
  #sealedCount = 0;

  /** What is from this time on (Unix microseconds) is here, and nothing else. */
  constructor(
    readonly series: SeriesNumbers,
    private fromUs: number,
  ) {}

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

  /** Where there are more than so many the oldest go, wherever they are: what came late is in any block. */
  trim(countMax: number): void {
    if (this.count <= countMax) return;
    this.#seal();
    const blocks = this.#blocks;
    this.fromUs = quantileUs(blocks, 1 - (countMax * (1 - TRIM_SHARE)) / this.count);
    this.#blocks = [];
    this.#minsUs = [];
    this.#maxesUs = [];
    this.#sealedCount = 0;
    for (const block of blocks) {
      if (block.maxUs < this.fromUs) continue;
      if (block.minUs >= this.fromUs && block.count === BLOCK_ROWS) {
        this.#seal();
        this.#push(block);
      } else this.addAll(rowsOf(block));
    }
  }

  #seal(): void {
    if (this.#open.count === 0) return;
    this.#push(blockOf(this.#open, this.series.all.length));
    this.#open = new ReadingRows(BLOCK_ROWS);
    this.#openBlock = undefined;
  }

  #push(block: Block): void {
    this.#blocks.push(block);
    this.#minsUs.push(block.minUs);
    this.#maxesUs.push(block.maxUs);
    this.#sealedCount += block.count;
  }
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
  sinceUs: Math.trunc(sinceMs) * 1000,
  untilUs: Math.trunc(untilMs) * 1000,
});

const isExact = (timeUs: number): boolean => Math.abs(timeUs - EXACT_AROUND_US) <= EXACT_US;
