import {LatencyHistogram} from './histogram.js';
import type {CounterName, LatencyName} from './measurements.js';
import type {SeriesPoint} from './run-report.js';
import type {RunSnapshot} from './run-snapshot.js';

const POINT_MS = 1000;
/** An hour of seconds; a longer run has points of two seconds, then of four, and so on. */
const POINTS_MAX = 3600;
/** Timers come a little early or late. */
const EARLY_MS = 50;

/** What is shown of a second, the most telling first. */
const SHOWN: readonly LatencyName[] = ['e2e', 'cmd', 'puback', 'connect'];

interface Seen {
  readonly atMs: number;
  readonly counters: Readonly<Record<CounterName, number>>;
  readonly failures: number;
  readonly latency: {readonly name: LatencyName; readonly histogram: LatencyHistogram} | undefined;
}

/** The run second by second, from one snapshot to the next. */
export class Series {
  readonly #startMs: number;
  #points: SeriesPoint[] = [];
  #pointMs = POINT_MS;
  #seen: Seen;

  constructor(startMs: number) {
    this.#startMs = startMs;
    this.#seen = {
      atMs: startMs,
      counters: {} as Record<CounterName, number>,
      failures: 0,
      latency: undefined,
    };
  }

  get points(): readonly SeriesPoint[] {
    return this.#points;
  }

  add(snapshot: RunSnapshot, atMs: number): void {
    if (atMs - this.#seen.atMs < this.#pointMs - EARLY_MS) return;
    const seen = seenOf(snapshot, atMs);
    this.#points.push(pointOf(this.#seen, seen, snapshot, this.#startMs));
    this.#seen = seen;
    if (this.#points.length <= POINTS_MAX) return;
    this.#points = this.#points.filter((_, index) => index % 2 === 1);
    this.#pointMs *= 2;
  }
}

function seenOf({measurements}: RunSnapshot, atMs: number): Seen {
  const name = SHOWN.find(candidate => measurements.latencies[candidate] !== undefined);
  return {
    atMs,
    counters: measurements.counters,
    failures: Object.values(measurements.failures)
      .flatMap(reasons => Object.values(reasons))
      .reduce((sum, count) => sum + count, 0),
    latency:
      name === undefined
        ? undefined
        : {name, histogram: LatencyHistogram.decode(measurements.latencies[name]!.schedule)},
  };
}

function pointOf(before: Seen, now: Seen, {measurements}: RunSnapshot, startMs: number): SeriesPoint {
  const seconds = (now.atMs - before.atMs) / 1000;
  const rate = (name: CounterName): number =>
    Math.round((now.counters[name] - (before.counters[name] ?? 0)) / seconds);
  const [p50Ms, p99Ms] = percentilesBetween(before, now);
  return {
    atMs: Math.round(now.atMs - startMs),
    connectedNow: measurements.gauges.connectedNow.now,
    connectedPerSec: rate('connected'),
    sentPerSec: rate('sent'),
    acknowledgedPerSec: rate('acknowledged'),
    receivedPerSec: rate('received'),
    failuresPerSec: Math.round((now.failures - before.failures) / seconds),
    p50Ms,
    p99Ms,
  };
}

function percentilesBetween(before: Seen, now: Seen): [number | null, number | null] {
  if (now.latency === undefined) return [null, null];
  const {histogram, name} = now.latency;
  const between = before.latency?.name === name ? histogram.since(before.latency.histogram) : histogram;
  if (between.count === 0) return [null, null];
  return between.percentiles([50, 99]) as [number, number];
}
