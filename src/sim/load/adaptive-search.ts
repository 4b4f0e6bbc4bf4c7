/** Which rate to try next: doubles while thresholds hold, then halves what is between one that holds and one that does not. */

const GROWTH = 2;
/** Nothing here sends faster. */
const RATE_MAX = 100_000_000;

export class RateSearch {
  /** The next one to try, in messages per second. */
  rate: number;
  /** Undefined as long as none has held. */
  highest: number | undefined;
  /** Undefined as long as all have held. */
  lowestMissed: number | undefined;
  readonly #precision: number;

  constructor(startPerSec: number, precision: number) {
    this.rate = startPerSec;
    this.#precision = precision;
  }

  get isOver(): boolean {
    if (this.lowestMissed === undefined) return this.highest !== undefined && this.highest >= RATE_MAX;
    return this.highest === undefined || this.lowestMissed <= this.highest * (1 + this.#precision);
  }

  /** What became of `rate`. */
  tell(held: boolean): void {
    if (held) this.highest = this.rate;
    else this.lowestMissed = this.rate;
    if (this.highest === undefined) return;
    this.rate =
      this.lowestMissed === undefined
        ? Math.min(RATE_MAX, this.highest * GROWTH)
        : (this.highest + this.lowestMissed) / 2;
  }
}
