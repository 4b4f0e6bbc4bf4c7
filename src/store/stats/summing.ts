/** Adds blocks of readings to cells, one for each bucket of each group, as a statement adds the rows of the table. */
import {BLOCK_ROWS, type Block} from '../resident/block.js';
import {rangeUs} from '../resident/resident-readings.js';
import type {Cells} from './cells.js';
import type {SeriesGroups} from './series-groups.js';
import type {StatsRequest} from './stats-request.js';

/** The cell of each reading of a block by its place, -1 where it has none; and its row. Between two blocks they are nobody's. */
const cellAt = new Int32Array(BLOCK_ROWS).fill(-1);
const rowAt = new Uint16Array(BLOCK_ROWS);

export class Summing {
  readonly #sinceUs: number;
  readonly #untilUs: number;
  /** Where the first bucket begins. */
  readonly #firstUs: number;
  readonly #everyUs: number;
  readonly #bucketCount: number;
  /** Of those that have a cell. */
  #firstPlace = BLOCK_ROWS;
  #lastPlace = -1;

  constructor(
    private readonly cells: Cells,
    private readonly grouped: SeriesGroups,
    request: Pick<StatsRequest, 'sinceMs' | 'untilMs' | 'everyMs'>,
    bucketsMs: Float64Array | null,
  ) {
    const {sinceUs, untilUs} = rangeUs(request);
    this.#sinceUs = sinceUs;
    this.#untilUs = untilUs;
    this.#firstUs = bucketsMs === null ? sinceUs : bucketsMs[0]! * 1000;
    this.#everyUs = (request.everyMs ?? Number.POSITIVE_INFINITY) * 1000;
    this.#bucketCount = bucketsMs?.length ?? 1;
  }

  /** A group of one series has its readings in the order in which they came; those of other groups are brought into it. */
  add(block: Block): void {
    const {series, areMixed} = this.grouped;
    if (!areMixed) {
      series.eachRun(block, (run, group) => this.#addRun(block, run, group * this.#bucketCount));
      return;
    }
    series.eachRun(block, (run, group) => this.#placeRun(block, run, group * this.#bucketCount));
    this.#addPlaced(block);
  }

  /** Readings of one cell that lie together are added together. */
  #addRun(block: Block, run: number, firstCell: number): void {
    const {timesUs, values} = block;
    const end = this.#endOf(block, run);
    let begin = this.#beginOf(block, run, end);
    let cell = -1;
    for (let row = begin; row < end; row++) {
      const next = this.#cellOf(timesUs[row]!, firstCell);
      if (next === cell) continue;
      if (cell >= 0) this.cells.add(cell, timesUs, values, begin, row);
      cell = next;
      begin = row;
    }
    if (cell >= 0) this.cells.add(cell, timesUs, values, begin, end);
  }

  #placeRun(block: Block, run: number, firstCell: number): void {
    const {timesUs, places} = block;
    const end = this.#endOf(block, run);
    for (let row = this.#beginOf(block, run, end); row < end; row++) {
      const cell = this.#cellOf(timesUs[row]!, firstCell);
      if (cell < 0) continue;
      const place = places[row]!;
      cellAt[place] = cell;
      rowAt[place] = row;
      if (place < this.#firstPlace) this.#firstPlace = place;
      if (place > this.#lastPlace) this.#lastPlace = place;
    }
  }

  #addPlaced({timesUs, values}: Block): void {
    const [first, last] = [this.#firstPlace, this.#lastPlace];
    this.#firstPlace = BLOCK_ROWS;
    this.#lastPlace = -1;
    for (let place = first; place <= last; place++) {
      const cell = cellAt[place]!;
      if (cell < 0) continue;
      cellAt[place] = -1;
      const row = rowAt[place]!;
      this.cells.add(cell, timesUs, values, row, row + 1);
    }
  }

  /** Where the rows of a run end that are of the range; of a run that is not in the order of time, all are looked at. */
  #endOf({starts, timesUs, maxUs, isOrdered}: Block, run: number): number {
    let end = starts[run + 1]!;
    if (isOrdered && maxUs >= this.#untilUs)
      while (end > starts[run]! && timesUs[end - 1]! >= this.#untilUs) end--;
    return end;
  }

  /** Looked for from the end: what is asked for most often is the newest. */
  #beginOf({starts, timesUs, minUs, isOrdered}: Block, run: number, end: number): number {
    const first = starts[run]!;
    if (!isOrdered || minUs >= this.#sinceUs) return first;
    let begin = end;
    while (begin > first && timesUs[begin - 1]! >= this.#sinceUs) begin--;
    return begin;
  }

  /** -1 where the time is outside of the range. */
  #cellOf(timeUs: number, firstCell: number): number {
    if (timeUs < this.#sinceUs || timeUs >= this.#untilUs) return -1;
    // Divisions would be half of the work.
    if (this.#bucketCount === 1) return firstCell;
    return firstCell + Math.floor((timeUs - this.#firstUs) / this.#everyUs);
  }
}
