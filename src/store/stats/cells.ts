import type {Aggregate} from '../../domain/stats.js';

/** Aggregates that `Cells` can tell. */
export const CELL_AGGREGATES: readonly Aggregate[] = ['avg', 'sum', 'count', 'min', 'max', 'first', 'last'];

/** What the readings of every group come to in every bucket, as they are added one after another. */
export class Cells {
  readonly #counts: Float64Array;
  readonly #sums: Float64Array;
  readonly #bounds: Bounds | undefined;
  readonly #ends: Ends | undefined;

  constructor(length: number, aggregates: readonly Aggregate[]) {
    const isAsked = (...some: Aggregate[]): boolean => some.some(name => aggregates.includes(name));
    this.#counts = new Float64Array(length);
    this.#sums = new Float64Array(length);
    if (isAsked('min', 'max')) this.#bounds = new Bounds(length);
    if (isAsked('first', 'last')) this.#ends = new Ends(length);
  }

  /** Rows from `from` to before `to`, in their order. */
  add(cell: number, timesUs: Float64Array, values: Float64Array, from: number, to: number): void {
    this.#counts[cell]! += to - from;
    let sum = this.#sums[cell]!;
    for (let row = from; row < to; row++) sum += values[row]!;
    this.#sums[cell] = sum;
    this.#bounds?.add(cell, values, from, to);
    this.#ends?.add(cell, timesUs, values, from, to);
  }

  countOf(cell: number): number {
    return this.#counts[cell]!;
  }

  /** Of a cell with readings; not finite where it cannot be told here. */
  valueOf(aggregate: Aggregate, cell: number): number {
    switch (aggregate) {
      case 'avg':
        return this.#sums[cell]! / this.#counts[cell]!;
      case 'sum':
        return this.#sums[cell]!;
      case 'count':
        return this.#counts[cell]!;
      case 'min':
        return this.#bounds!.lows[cell]!;
      case 'max':
        return this.#bounds!.highs[cell]!;
      default:
        return this.#ends!.valueOf(aggregate, cell);
    }
  }
}

class Bounds {
  readonly lows: Float64Array;
  readonly highs: Float64Array;

  constructor(length: number) {
    this.lows = new Float64Array(length).fill(Number.POSITIVE_INFINITY);
    this.highs = new Float64Array(length).fill(Number.NEGATIVE_INFINITY);
  }

  add(cell: number, values: Float64Array, from: number, to: number): void {
    for (let row = from; row < to; row++) {
      const value = values[row]!;
      if (value < this.lows[cell]!) this.lows[cell] = value;
      if (value > this.highs[cell]!) this.highs[cell] = value;
    }
  }
}

/** The first and the last value by time; NaN where those of one time differ: which of them came last is not known here. */
class Ends {
  readonly #firstUs: Float64Array;
  readonly #lastUs: Float64Array;
  readonly #firsts: Float64Array;
  readonly #lasts: Float64Array;

  constructor(length: number) {
    this.#firstUs = new Float64Array(length).fill(Number.POSITIVE_INFINITY);
    this.#lastUs = new Float64Array(length).fill(Number.NEGATIVE_INFINITY);
    this.#firsts = new Float64Array(length);
    this.#lasts = new Float64Array(length);
  }

  add(cell: number, timesUs: Float64Array, values: Float64Array, from: number, to: number): void {
    for (let row = from; row < to; row++) this.#addOne(cell, timesUs[row]!, values[row]!);
  }

  #addOne(cell: number, timeUs: number, value: number): void {
    if (timeUs < this.#firstUs[cell]!) {
      this.#firstUs[cell] = timeUs;
      this.#firsts[cell] = value;
    } else if (timeUs === this.#firstUs[cell] && value !== this.#firsts[cell])
      this.#firsts[cell] = Number.NaN;
    if (timeUs > this.#lastUs[cell]!) {
      this.#lastUs[cell] = timeUs;
      this.#lasts[cell] = value;
    } else if (timeUs === this.#lastUs[cell] && value !== this.#lasts[cell]) this.#lasts[cell] = Number.NaN;
  }

  valueOf(aggregate: Aggregate, cell: number): number {
    return aggregate === 'first' ? this.#firsts[cell]! : this.#lasts[cell]!;
  }
}
