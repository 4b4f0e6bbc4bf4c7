/** The names by which thresholds, baselines and Prometheus know the numbers of a report. */
import {LatencyHistogram} from './histogram.js';
import {COUNTERS, FAILURE_KINDS, GAUGES, LATENCIES} from './measurements.js';
import type {Distribution, RunReport} from './run-report.js';

export type MetricUnit = 'count' | 'perSec' | 'ms';

const DELIVERY = ['expected', 'delivered', 'lost', 'duplicated', 'reordered', 'late', 'unexpected'] as const;
const STATISTICS = ['min', 'mean', 'stddev', 'max'] as const;
const PERCENTILE = /^p(\d{1,2}(?:\.\d{1,4})?)$/;

/** Of what a metric is a part, so that it can be compared with a percentage. */
const WHOLES: Readonly<Record<string, (report: RunReport) => number>> = {
  connected: report => report.clients.wanted,
  acknowledged: report => report.counters.sent.total,
  unacknowledged: report => report.counters.sent.total,
  delivered: report => report.delivery?.expected ?? 0,
  lost: report => report.delivery?.expected ?? report.counters.sent.total,
  duplicated: report => report.counters.received.total,
  reordered: report => report.counters.received.total,
  late: report => report.counters.received.total,
  foreign: report => report.counters.received.total,
  commandsAnswered: report => report.counters.commandsSent.total,
  failures: report => report.counters.connectAttempts.total + report.counters.sent.total,
};

/** What it counts in, or undefined when there is no such metric. */
export function unitOf(metric: string): MetricUnit | undefined {
  const [name, ...parts] = metric.split('.');
  const rest = parts.join('.');
  if (isOneOf(COUNTERS, name!)) return rest === '' ? 'count' : rest === 'rate' ? 'perSec' : undefined;
  if (isOneOf(GAUGES, name!)) return rest === '' || rest === 'max' ? 'count' : undefined;
  if (isOneOf(DELIVERY, name!)) return rest === '' ? 'count' : undefined;
  if (name === 'failures') return rest === '' || isOneOf(FAILURE_KINDS, rest) ? 'count' : undefined;
  if (name === 'duration') return rest === '' ? 'ms' : undefined;
  if (isOneOf(LATENCIES, name!)) return unitOfStatistic(rest.replace(/^service\./, ''));
  if (name === 'recovery' && parts.length > 1) return unitOfStatistic(statisticOf(parts));
  return undefined;
}

export const hasWhole = (metric: string): boolean => Object.hasOwn(WHOLES, metric);

/** Of the whole it is a part of, 0 to 100; undefined when there is nothing to be a part of. */
export function percentOf(report: RunReport, metric: string): number | undefined {
  const whole = WHOLES[metric]?.(report) ?? 0;
  const part = numberOf(report, metric);
  return part === undefined || whole === 0 ? undefined : (100 * part) / whole;
}

/** In the metric's unit; undefined when the run did not measure it. */
export function numberOf(report: RunReport, metric: string): number | undefined {
  const [name, ...parts] = metric.split('.') as [string, ...string[]];
  const rest = parts.join('.');
  if (isOneOf(COUNTERS, name)) return report.counters[name][rest === 'rate' ? 'ratePerSec' : 'total'];
  if (isOneOf(GAUGES, name)) return report.gauges[name][rest === 'max' ? 'max' : 'now'];
  if (name === 'lost' && report.delivery === null) return unacknowledgedOf(report);
  if (isOneOf(DELIVERY, name)) return report.delivery?.[name];
  if (name === 'failures') return failuresOf(report, rest);
  if (name === 'duration') return report.durationMs;
  if (name === 'recovery') {
    const statistic = statisticOf(parts);
    return statisticIn(report.recovery[rest.slice(0, -statistic.length - 1)], statistic);
  }
  if (!isOneOf(LATENCIES, name)) return undefined;
  const latency = report.latency[name];
  return parts[0] === 'service'
    ? statisticIn(latency?.service, parts.slice(1).join('.'))
    : statisticIn(latency, rest);
}

/** For the list of an error: each name, and what may follow it. */
export const METRIC_NAMES: readonly string[] = [
  ...COUNTERS.flatMap(name => [name, `${name}.rate`]),
  ...GAUGES.flatMap(name => [name, `${name}.max`]),
  ...DELIVERY,
  'failures',
  ...FAILURE_KINDS.map(kind => `failures.${kind}`),
  'duration',
  ...LATENCIES.flatMap(name =>
    ['p50', 'p90', 'p95', 'p99', 'p99.9', 'max', 'mean'].map(part => `${name}.${part}`),
  ),
];

/** Lost, as far as senders know: with QoS 0 they do not. */
const unacknowledgedOf = ({counters: {acknowledged, unacknowledged}}: RunReport): number | undefined =>
  acknowledged.total + unacknowledged.total === 0 ? undefined : unacknowledged.total;

function failuresOf({failures}: RunReport, kind: string): number {
  if (kind === '') return failures.total;
  return failures.byReason.reduce((sum, failure) => sum + (failure.kind === kind ? failure.count : 0), 0);
}

const unitOfStatistic = (statistic: string): MetricUnit | undefined => {
  if (statistic === 'count') return 'count';
  return isOneOf(STATISTICS, statistic) || PERCENTILE.test(statistic) ? 'ms' : undefined;
};

/** The statistic at the end of a recovery's name, whose fault may have points in it, as `p99.9` has. */
const statisticOf = (parts: readonly string[]): string =>
  /^\d+$/.test(parts.at(-1)!) ? parts.slice(-2).join('.') : parts.at(-1)!;

function statisticIn(distribution: Distribution | null | undefined, statistic: string): number | undefined {
  if (distribution === null || distribution === undefined || distribution.count === 0) return undefined;
  const known: unknown = Object.entries(distribution).find(([name]) => name === statistic)?.[1];
  if (typeof known === 'number') return known;
  const percent = PERCENTILE.exec(statistic)?.[1];
  return percent === undefined
    ? undefined
    : LatencyHistogram.decode(distribution.histogram).percentile(Number(percent));
}

const isOneOf = <Name extends string>(names: readonly Name[], name: string): name is Name =>
  (names as readonly string[]).includes(name);
