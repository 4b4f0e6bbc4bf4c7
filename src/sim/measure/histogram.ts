/**
 * Latencies from 1 µs to an hour within 0.1 %, in the layout of HdrHistogram (http://hdrhistogram.org): counts in
 * buckets that double, each of 1024 steps. Recording is one addition to an array; histograms of several processes are
 * added without loss.
 */
import {decodeCounts, encodeCounts} from './histogram-code.js';

/** Three significant digits need steps finer than one in 2000, which is 2^11 steps of bucket 0. */
const HALF_BITS = 10;
const HALF = 1 << HALF_BITS;
const ZEROS_OF_FIRST_BUCKET = 31 - HALF_BITS;

const MICROSECONDS = 1000;
const HIGHEST_US = 3_600_000_000;
const SLOTS = slotOf(HIGHEST_US) + 1;

export class LatencyHistogram {
  readonly #counts = new Float64Array(SLOTS);
  #count = 0;
  #clamped = 0;
  #invalid = 0;

  /** How many are recorded. */
  get count(): number {
    return this.#count;
  }

  /** How many of them were below 0 or above an hour, and are recorded as that. */
  get clamped(): number {
    return this.#clamped;
  }

  /** How many were no numbers; they are not recorded. */
  get invalid(): number {
    return this.#invalid;
  }

  record(latencyMs: number): void {
    const us = Math.round(latencyMs * MICROSECONDS);
    if (us >= 0 && us <= HIGHEST_US) this.#counts[slotOf(us)]!++;
    else if (!this.#recordOutside(us)) return;
    this.#count++;
  }

  /** The value that `percent` of all are not above, in milliseconds; 0 when there are none. */
  percentile(percent: number): number {
    return this.percentiles([percent])[0]!;
  }

  /** Several at once; they have to ascend. */
  percentiles(percents: readonly number[]): number[] {
    const values = percents.map(() => 0);
    if (this.#count === 0) return values;
    const ranks = percents.map(percent => rankOf(percent, this.#count));
    let [seen, next] = [0, 0];
    for (let slot = 0; slot < SLOTS && next < ranks.length; slot++) {
      seen += this.#counts[slot]!;
      while (next < ranks.length && seen >= ranks[next]!) values[next++] = highestOf(slot) / MICROSECONDS;
    }
    return values;
  }

  /** In milliseconds. The middle of each step stands for what is in it. */
  summary(): {readonly min: number; readonly mean: number; readonly stddev: number; readonly max: number} {
    let [first, last, sum, squares] = [-1, 0, 0, 0];
    for (let slot = 0; slot < SLOTS; slot++) {
      const count = this.#counts[slot]!;
      if (count === 0) continue;
      if (first < 0) first = slot;
      last = slot;
      sum += count * middleOf(slot);
      squares += count * middleOf(slot) ** 2;
    }
    if (this.#count === 0) return {min: 0, mean: 0, stddev: 0, max: 0};
    const mean = sum / this.#count;
    const variance = Math.max(0, squares / this.#count - mean ** 2);
    return {
      min: lowestOf(first) / MICROSECONDS,
      mean: mean / MICROSECONDS,
      stddev: Math.sqrt(variance) / MICROSECONDS,
      max: highestOf(last) / MICROSECONDS,
    };
  }

  /** Those of `other` are in this one too from now on. */
  add(other: LatencyHistogram): void {
    this.#combine(other, 1);
  }

  /** What came since `earlier`, a copy of this one of an earlier moment. */
  since(earlier: LatencyHistogram): LatencyHistogram {
    const difference = new LatencyHistogram();
    difference.#combine(this, 1);
    difference.#combine(earlier, -1);
    return difference;
  }

  /** How many are not above so many milliseconds, within the step that holds it. */
  countUpTo(latencyMs: number): number {
    const last = slotOf(Math.min(HIGHEST_US, Math.max(0, Math.round(latencyMs * MICROSECONDS))));
    let seen = 0;
    for (let slot = 0; slot <= last; slot++) seen += this.#counts[slot]!;
    return seen;
  }

  /** HdrHistogram's V2 compressed encoding, in base64; its values are microseconds. */
  encode(): string {
    return encodeCounts(this.#counts, HIGHEST_US);
  }

  /** Throws an `Error` for anything that is no such histogram from 1 µs to an hour with three digits. */
  static decode(text: string): LatencyHistogram {
    const histogram = new LatencyHistogram();
    decodeCounts(text, HIGHEST_US, histogram.#counts);
    histogram.#count = histogram.#counts.reduce((sum, count) => sum + count, 0);
    return histogram;
  }

  #recordOutside(us: number): boolean {
    if (Number.isNaN(us)) {
      this.#invalid++;
      return false;
    }
    this.#clamped++;
    this.#counts[us < 0 ? 0 : SLOTS - 1]!++;
    return true;
  }

  #combine(other: LatencyHistogram, sign: 1 | -1): void {
    for (let slot = 0; slot < SLOTS; slot++) this.#counts[slot]! += sign * other.#counts[slot]!;
    this.#count += sign * other.#count;
    this.#clamped += sign * other.#clamped;
    this.#invalid += sign * other.#invalid;
  }
}

const rankOf = (percent: number, count: number): number =>
  // The rounding keeps 99.9 % of 1000 from being 999.0000000000001, of which the next whole number is 1000.
  Math.max(1, Math.ceil(Number(((percent / 100) * count).toFixed(6))));

/** Which bucket and step holds so many microseconds; they are below 2^32. */
function slotOf(us: number): number {
  const bucket = Math.max(0, ZEROS_OF_FIRST_BUCKET - Math.clz32(us));
  return bucket * HALF + (us >>> bucket);
}

const bucketOf = (slot: number): number => Math.max(0, (slot >> HALF_BITS) - 1);
const stepOf = (slot: number): number => 2 ** bucketOf(slot);
const lowestOf = (slot: number): number => (slot - bucketOf(slot) * HALF) * stepOf(slot);
const highestOf = (slot: number): number => lowestOf(slot) + stepOf(slot) - 1;
const middleOf = (slot: number): number => lowestOf(slot) + Math.floor(stepOf(slot) / 2);
