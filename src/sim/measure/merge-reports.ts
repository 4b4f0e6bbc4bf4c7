/** Runs of several machines that were one load test become one report; histograms and accounts merge without loss. */
import {IotctlError} from '../../domain/errors.js';
import {differentOptions} from './comparison.js';
import {bytesPerConnection, countersOf} from './counted.js';
import {mergeDelivery} from './delivery-receipts.js';
import {type DeliveryReport, deliveryReport, worstOf} from './delivery-report.js';
import {distributionOf} from './distribution.js';
import {mergeGenerators} from './generator.js';
import {COUNTERS, GAUGES, mapped, merged, mergeHistograms} from './measurements.js';
import {newRunId} from './run-id.js';
import type {Distribution, LatencyReport, RunEnding, RunReport} from './run-report.js';
import {evaluate, parseThreshold, type Threshold} from './threshold.js';
import {verdictOf} from './verdict.js';

/**
 * Rates are of all of them together, over the longest time that one took. Their thresholds are judged again, and
 * `further` ones with them. Throws
 * `IOT_RUNS_INCOMPARABLE` for runs that were no parts of one load test.
 */
export function mergeReports(reports: readonly RunReport[], further: readonly Threshold[] = []): RunReport {
  const [first, ...rest] = reports;
  if (first === undefined) throw new IotctlError('IOT_USAGE', 'there is nothing to merge');
  for (const other of rest) checkMergeable(first, other);
  const merged = rest.reduce(mergeTwo, first);
  const report = {...merged, id: newRunId(new Date(merged.startedAt))};
  const asked = [...report.thresholds.map(({text}) => parseThreshold(text)), ...further];
  const thresholds = asked.map(threshold => evaluate(threshold, report));
  const judged = {...report, thresholds};
  return {...judged, verdict: verdictOf(judged)};
}

function checkMergeable(first: RunReport, other: RunReport): void {
  const refuse = (why: string): never => {
    throw new IotctlError('IOT_RUNS_INCOMPARABLE', why);
  };
  if (first.kind !== other.kind) refuse(`${first.id} is ${first.kind}, ${other.id} is ${other.kind}`);
  for (const {id, adaptive} of [first, other])
    if (adaptive !== undefined) refuse(`${id} sought a rate (--adaptive), which is that of one machine`);
  if (first.id === other.id) refuse(`${first.id} is given twice`);
  const differences = differentOptions(first.options, other.options);
  if (differences.length > 0)
    refuse(`${first.id} and ${other.id} were told to do different things: ${differences.join(', ')}`);
}

function mergeTwo(a: RunReport, b: RunReport): RunReport {
  const [connectMs, loadMs] = [Math.max(a.connectMs, b.connectMs), Math.max(a.loadMs, b.loadMs)];
  const startedAt = a.startedAt < b.startedAt ? a.startedAt : b.startedAt;
  const endedAt = a.endedAt > b.endedAt ? a.endedAt : b.endedAt;
  const accounting = mergeAccounting(a.accounting, b.accounting);
  return {
    ...a,
    startedAt,
    endedAt,
    durationMs: Date.parse(endedAt) - Date.parse(startedAt),
    connectMs,
    loadMs,
    ending: worseEnding(a.ending, b.ending),
    target: {...a.target, urls: [...new Set([...a.target.urls, ...b.target.urls])]},
    clients: {
      wanted: a.clients.wanted + b.clients.wanted,
      connected: a.clients.connected + b.clients.connected,
    },
    counters: mergeCounters(a, b),
    failures: mergeFailures(a.failures, b.failures),
    thresholds: uniqueThresholds(a, b),
    delivery:
      accounting === null ? addDelivery(a.delivery, b.delivery) : deliveryReport(accounting, namesIn(a, b)),
    latency: merged(a.latency, b.latency, mergeLatency),
    recovery: merged(a.recovery, b.recovery, mergeDistribution),
    gauges: mapped(GAUGES, name => ({
      now: a.gauges[name].now + b.gauges[name].now,
      max: a.gauges[name].max + b.gauges[name].max,
    })),
    // Seconds of two machines are not the same ones.
    series: [],
    generator: {
      ...mergeGenerators(a.generator, b.generator),
      scheduleLagP99Ms: Math.max(a.generator.scheduleLagP99Ms, b.generator.scheduleLagP99Ms),
      bytesPerConnection: bytesPerConnection(
        a.generator.grownBytes + b.generator.grownBytes,
        a.clients.connected + b.clients.connected,
      ),
    },
    accounting,
  };
}

const mergeCounters = (a: RunReport, b: RunReport): RunReport['counters'] =>
  countersOf(
    mapped(COUNTERS, name => a.counters[name].total + b.counters[name].total),
    {connectMs: Math.max(a.connectMs, b.connectMs), loadMs: Math.max(a.loadMs, b.loadMs)},
  );

const ENDINGS: readonly RunEnding['state'][] = ['finished', 'interrupted', 'aborted', 'failed'];

const worseEnding = (a: RunEnding, b: RunEnding): RunEnding =>
  ENDINGS.indexOf(a.state) >= ENDINGS.indexOf(b.state) ? a : b;

function mergeFailures(a: RunReport['failures'], b: RunReport['failures']): RunReport['failures'] {
  const byReason = new Map(a.byReason.map(failure => [`${failure.kind} ${failure.reason}`, failure]));
  for (const failure of b.byReason) {
    const key = `${failure.kind} ${failure.reason}`;
    byReason.set(key, {...failure, count: failure.count + (byReason.get(key)?.count ?? 0)});
  }
  return {
    total: a.total + b.total,
    byReason: [...byReason.values()].sort((one, other) => other.count - one.count),
  };
}

/** Null where one does not say any more who received what, or both sent streams of the same numbers, each its own. */
function mergeAccounting(a: RunReport['accounting'], b: RunReport['accounting']): RunReport['accounting'] {
  if (a === null || b === null) return null;
  const streams = new Set(a.sent.map(([stream]) => stream));
  return b.sent.some(([stream]) => streams.has(stream)) ? null : mergeDelivery(a, b);
}

/** Sums, where one of them does not say any more who received what. */
function addDelivery(a: DeliveryReport | null, b: DeliveryReport | null): DeliveryReport | null {
  if (a === null || b === null) return a ?? b;
  return {
    expected: a.expected + b.expected,
    delivered: a.delivered + b.delivered,
    lost: a.lost + b.lost,
    duplicated: a.duplicated + b.duplicated,
    reordered: a.reordered + b.reordered,
    late: a.late + b.late,
    unexpected: a.unexpected + b.unexpected,
    troubled: a.troubled + b.troubled,
    worst: worstOf([...a.worst, ...b.worst]),
  };
}

/** Reports name only streams that were in trouble; the others have numbers. */
function namesIn(...reports: readonly RunReport[]): (stream: number) => string {
  const names = new Map(
    reports.flatMap(({delivery}) =>
      (delivery?.worst ?? []).map(({streamNumber, stream}) => [streamNumber, stream] as const),
    ),
  );
  return stream => names.get(stream) ?? `stream ${stream}`;
}

const mergeLatency = (a: LatencyReport, b: LatencyReport): LatencyReport => ({
  ...mergeDistribution(a, b),
  service:
    a.service === null || b.service === null
      ? (a.service ?? b.service)
      : mergeDistribution(a.service, b.service),
  clamped: a.clamped + b.clamped,
  invalid: a.invalid + b.invalid,
});

function mergeDistribution(a: Distribution, b: Distribution): Distribution {
  return distributionOf(mergeHistograms(a.histogram, b.histogram));
}

const uniqueThresholds = (...reports: readonly RunReport[]): RunReport['thresholds'] => [
  ...new Map(
    reports.flatMap(({thresholds}) => thresholds.map(result => [result.text, result] as const)),
  ).values(),
];
