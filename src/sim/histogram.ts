/** Latencies in buckets of 1 % width: small however many there are, and mergeable. */

const GROWTH = 1.01;
const LOG_GROWTH = Math.log(GROWTH);

/** From 1 µs to a day. */
const SMALLEST_MS = 0.001;
const BUCKETS = Math.ceil(Math.log(86_400_000 / SMALLEST_MS) / LOG_GROWTH) + 2;

export class Histogram {
  readonly #counts = new Uint32Array(BUCKETS);
  #total = 0;
  #maxMs = 0;

  get total(): number {
    return this.#total;
  }

  get maxMs(): number {
    return this.#maxMs;
  }

  add(valueMs: number): void {
    this.#counts[bucketOf(valueMs)]!++;
    this.#total++;
    if (valueMs > this.#maxMs) this.#maxMs = valueMs;
  }

  /** The value that `fraction` of all are not above, within 1 %; 0 when there are none. */
  percentile(fraction: number): number {
    const rank = Math.max(1, Math.ceil(fraction * this.#total));
    let seen = 0;
    for (let bucket = 0; bucket < BUCKETS; bucket++) {
      seen += this.#counts[bucket]!;
      if (seen >= rank && this.#total > 0) return Math.min(middleOf(bucket), this.#maxMs);
    }
    return 0;
  }
}

const bucketOf = (valueMs: number): number =>
  valueMs <= SMALLEST_MS
    ? 0
    : Math.min(BUCKETS - 1, 1 + Math.floor(Math.log(valueMs / SMALLEST_MS) / LOG_GROWTH));

/** The middle of a bucket. */
const middleOf = (bucket: number): number => SMALLEST_MS * GROWTH ** Math.max(0, bucket - 0.5);
