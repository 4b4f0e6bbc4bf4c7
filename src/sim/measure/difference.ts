/** What happened between two moments of a run. */
import {LatencyHistogram} from './histogram.js';
import {
  COUNTERS,
  type CounterName,
  type LatencySnapshot,
  type MeasurementsSnapshot,
  mapped,
} from './measurements.js';

/** Clients connect once, at the beginning: of these the sums stay, so that `connected>=1000` can hold later. */
const OF_THE_RUN: readonly CounterName[] = ['connectAttempts', 'connected', 'subscribed'];

/** Of a later and an earlier snapshot of one run. Gauges are those of the later one. */
export function measurementsBetween(
  later: MeasurementsSnapshot,
  earlier: MeasurementsSnapshot,
): MeasurementsSnapshot {
  return {
    counters: mapped(COUNTERS, name =>
      OF_THE_RUN.includes(name) ? later.counters[name] : later.counters[name] - earlier.counters[name],
    ),
    failures: eachOf(later.failures, (reasons, kind) => countsBetween(reasons, earlier.failures[kind] ?? {})),
    latencies: eachOf(later.latencies, (latency, name) => latencyBetween(latency, earlier.latencies[name])),
    recoveries: eachOf(later.recoveries, (times, fault) =>
      histogramBetween(times, earlier.recoveries[fault]),
    ),
    gauges: later.gauges,
    scheduleLag: histogramBetween(later.scheduleLag, earlier.scheduleLag),
  };
}

function countsBetween(
  later: Readonly<Record<string, number>>,
  earlier: Readonly<Record<string, number>>,
): Record<string, number> {
  const differences = Object.entries(later).map(
    ([name, count]) => [name, count - (earlier[name] ?? 0)] as const,
  );
  return Object.fromEntries(differences.filter(([, count]) => count > 0));
}

const latencyBetween = (later: LatencySnapshot, earlier: LatencySnapshot | undefined): LatencySnapshot => ({
  schedule: histogramBetween(later.schedule, earlier?.schedule),
  service: later.service === null ? null : histogramBetween(later.service, earlier?.service ?? undefined),
  clamped: later.clamped - (earlier?.clamped ?? 0),
  invalid: later.invalid - (earlier?.invalid ?? 0),
});

const histogramBetween = (later: string, earlier: string | undefined): string =>
  earlier === undefined
    ? later
    : LatencyHistogram.decode(later).since(LatencyHistogram.decode(earlier)).encode();

/** The values there are, each as `change` makes it. */
const eachOf = <Name extends string, Value>(
  values: Readonly<Partial<Record<Name, Value>>>,
  change: (value: Value, name: Name) => Value,
): Record<Name, Value> =>
  Object.fromEntries(
    (Object.entries(values) as [Name, Value][]).map(([name, value]) => [name, change(value, name)]),
  ) as Record<Name, Value>;
