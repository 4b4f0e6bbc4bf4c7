import {type Block, placeOf} from './block.js';

/** Of so many series, or fewer, each is looked for in a block; of more, every run of it is looked at. */
const FEW_SERIES = 16;

/** The series that a question is about, and a number for each: of its group, or its own. */
export class ChosenSeries {
  /** By the number of the series; -1 where it is not chosen. */
  readonly #slots: Int32Array;

  /** `numbers` of series, of which there are `seriesCount` now; those that come later are in no block that is asked. */
  constructor(
    readonly numbers: readonly number[],
    seriesCount: number,
    slotOf: (index: number) => number,
  ) {
    this.#slots = new Int32Array(seriesCount).fill(-1);
    for (let index = 0; index < numbers.length; index++) this.#slots[numbers[index]!] = slotOf(index);
  }

  /** Calls `visit` with the place of each run of the block that is of a chosen series. */
  eachRun({series}: Block, visit: (run: number, slot: number) => void): void {
    if (this.numbers.length > FEW_SERIES) {
      for (let run = 0; run < series.length; run++) {
        const slot = this.#slots[series[run]!]!;
        if (slot >= 0) visit(run, slot);
      }
      return;
    }
    for (const number of this.numbers) {
      const run = placeOf(series, number);
      if (run >= 0) visit(run, this.#slots[number]!);
    }
  }
}
