/**
 * When messages are due: a rate that changes linearly from stage to stage, as in k6's ramping-arrival-rate. Message k is due when
 * the curve's integral reaches k. Nothing moves a due time, least of all a sender that was late.
 */

/** From the rate before it to `ratePerSec`, within `durationMs`; within 0 it is a jump. Null is for ever. */
export interface RateStage {
  readonly durationMs: number | null;
  readonly ratePerSec: number;
}

interface Segment {
  readonly startMs: number;
  readonly durationMs: number;
  /** Messages due before it. */
  readonly before: number;
  /** Messages per millisecond at its beginning, and how much more after each millisecond. */
  readonly rate: number;
  readonly slope: number;
}

/** Of sums of fractions, so little is rounding. */
const ROUNDING = 1e-6;

export class RateCurve {
  #durationMs: number;
  #total: number;
  #segments: readonly Segment[];
  readonly #countMax: number;

  /** `startPerSec` is the rate before the first stage; no more than `countMax` messages are due. */
  constructor(startPerSec: number, stages: readonly RateStage[], countMax = Infinity) {
    const segments: Segment[] = [];
    let [startMs, before, rate] = [0, 0, startPerSec / 1000];
    for (const stage of stages) {
      const durationMs = stage.durationMs ?? Infinity;
      const target = stage.ratePerSec / 1000;
      const slope = durationMs === 0 || durationMs === Infinity ? 0 : (target - rate) / durationMs;
      if (durationMs > 0) {
        segments.push({startMs, durationMs, before, rate, slope});
        if (rate > 0 || slope > 0) before += durationMs * (rate + target) * 0.5;
      }
      startMs += durationMs;
      rate = target;
    }
    this.#durationMs = startMs;
    this.#total = Math.min(countMax, Math.max(0, Math.ceil(before - ROUNDING)));
    this.#segments = segments;
    this.#countMax = countMax;
  }

  /** How long it is; Infinity for a rate that never ends. */
  get durationMs(): number {
    return this.#durationMs;
  }

  /** So many messages are due in all. */
  get total(): number {
    return this.#total;
  }

  /** From then on, for ever, this rate. What was due before stays due when it was; times do not go back from call to call. */
  jumpTo(ratePerSec: number, atMs: number): void {
    const last = this.#segments.findLast(({startMs}) => startMs <= atMs);
    const elapsedMs = last === undefined ? 0 : Math.min(atMs - last.startMs, last.durationMs);
    const before =
      last === undefined ? 0 : last.before + (last.rate + 0.5 * last.slope * elapsedMs) * elapsedMs;
    const segment = {startMs: atMs, durationMs: Infinity, before, rate: ratePerSec / 1000, slope: 0};
    this.#segments = [...this.#segments.filter(({startMs}) => startMs < atMs), segment];
    this.#durationMs = Infinity;
    this.#total = Math.min(this.#countMax, ratePerSec === 0 ? Math.ceil(before - ROUNDING) : Infinity);
  }

  /** Milliseconds after the start; Infinity for a message that is never due. Ascends with `message`. */
  dueMs(message: number): number {
    if (message >= this.total) return Infinity;
    const {startMs, durationMs, before, rate, slope} = this.#segmentOf(message);
    const rest = message - before;
    if (rest <= 0) return startMs;
    // The root of rate·x + slope/2·x² = rest, in the form in which nothing cancels out.
    const root = Math.sqrt(Math.max(0, rate * rate + 2 * slope * rest));
    return startMs + Math.min(durationMs, (2 * rest) / (rate + root));
  }

  #segmentOf(message: number): Segment {
    const segments = this.#segments;
    for (let index = segments.length - 1; index > 0; index--) {
      const {before, rate, slope} = segments[index]!;
      if (before <= message && (rate > 0 || slope > 0)) return segments[index]!;
    }
    return segments[0]!;
  }
}
