/** A report as Prometheus' text exposition format 0.0.4. */
import {LatencyHistogram} from './histogram.js';
import {COUNTERS, type CounterName, GAUGES, type GaugeName} from './measurements.js';
import type {Distribution, RunReport} from './run-report.js';

export const EXPOSITION_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

/** Seconds, as Prometheus has them: from what a machine's loopback takes to what a user gives up at. */
const BUCKETS_SEC = [
  0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60,
];
const QUANTILES = [
  ['0.5', 'p50'],
  ['0.9', 'p90'],
  ['0.95', 'p95'],
  ['0.99', 'p99'],
  ['0.999', 'p99.9'],
  ['1', 'max'],
] as const;

const COUNTER_HELP: Readonly<Record<CounterName, string>> = {
  connectAttempts: 'Connections that were tried.',
  connected: 'Clients that were connected at least once.',
  reconnects: 'Connections of clients that had been connected before.',
  subscribed: 'Subscriptions that the broker granted.',
  sent: 'Messages sent.',
  sentBytes: 'Bytes of the payloads sent.',
  acknowledged: 'Messages that the broker acknowledged.',
  unacknowledged: 'Messages that were never acknowledged.',
  repeated: 'Messages sent once more after a reconnect.',
  received: 'Messages received.',
  receivedBytes: 'Bytes of the payloads received.',
  foreign: 'Messages received that are not of this run.',
  commandsSent: 'Commands sent to devices.',
  commandsAnswered: 'Commands that were answered.',
};
const GAUGE_HELP: Readonly<Record<GaugeName, string>> = {
  connectedNow: 'Clients that are connected.',
  inFlight: 'Messages that wait for their acknowledgement.',
};

type Labels = Readonly<Record<string, string>>;
type Sample = readonly [suffix: string, labels: Labels, value: number];

export function expositionOf(report: RunReport): string {
  const {id, kind, name, counters, gauges, failures, delivery, latency} = report;
  const run: Labels = {run: id};
  const family = familyWriter(run);
  return [
    family('run_info', 'gauge', 'What runs.', [['', {kind, name: name ?? ''}, 1]]),
    family('run_duration_seconds', 'gauge', 'How long it has run.', [['', {}, report.durationMs / 1000]]),
    family('clients_wanted', 'gauge', 'Clients that should be connected.', [['', {}, report.clients.wanted]]),
    ...COUNTERS.map(counter =>
      family(`${snake(counter)}_total`, 'counter', COUNTER_HELP[counter], [
        ['', {}, counters[counter].total],
      ]),
    ),
    ...GAUGES.map(gauge => family(snake(gauge), 'gauge', GAUGE_HELP[gauge], [['', {}, gauges[gauge].now]])),
    family(
      'failures_total',
      'counter',
      'What failed, by kind and reason.',
      failures.byReason.map(({kind: failed, reason, count}) => ['', {kind: failed, reason}, count]),
    ),
    ...deliveryFamilies(delivery, family),
    family(
      'latency_seconds',
      'histogram',
      'From when it was due until it was done.',
      Object.entries(latency).flatMap(([of, distribution]) => histogramSamples({latency: of}, distribution)),
    ),
    family(
      'latency_quantile_seconds',
      'gauge',
      'The same as quantiles of the whole run, within 0.1 %.',
      Object.entries(latency).flatMap(([of, distribution]) => quantileSamples({latency: of}, distribution)),
    ),
    ...generatorFamilies(report, family),
  ].join('');
}

type Family = (name: string, type: string, help: string, samples: readonly Sample[]) => string;

/** A family with no samples is left out. */
const familyWriter =
  (common: Labels): Family =>
  (name, type, help, samples) => {
    if (samples.length === 0) return '';
    const metric = `iotctl_${name}`;
    const lines = samples.map(
      ([suffix, labels, value]) =>
        `${metric}${suffix}${labelsText({...common, ...labels})} ${numberText(value)}\n`,
    );
    return `# HELP ${metric} ${escapedHelp(help)}\n# TYPE ${metric} ${type}\n${lines.join('')}`;
  };

function deliveryFamilies(delivery: RunReport['delivery'], family: Family): string[] {
  if (delivery === null) return [];
  const {lost, duplicated, reordered, late} = delivery;
  return [
    family('missing', 'gauge', 'Messages that did not come: lost, or still on their way.', [['', {}, lost]]),
    family('duplicated_total', 'counter', 'Messages that came more than once.', [['', {}, duplicated]]),
    family('reordered_total', 'counter', 'Messages that came after a later one.', [['', {}, reordered]]),
    family('late_total', 'counter', 'Messages that came later than they should.', [['', {}, late]]),
  ];
}

const generatorFamilies = ({generator}: RunReport, family: Family): string[] => [
  family('generator_cores', 'gauge', 'CPU time over wall time of the busiest process.', [
    ['', {}, generator.cores],
  ]),
  family('generator_resident_bytes', 'gauge', 'Memory of the generator.', [['', {}, generator.rssBytes]]),
  family('generator_loop_delay_p99_seconds', 'gauge', 'How late its ticks come.', [
    ['', {}, generator.loopDelayP99Ms / 1000],
  ]),
];

function histogramSamples(labels: Labels, {count, mean, histogram}: Distribution): Sample[] {
  const decoded = LatencyHistogram.decode(histogram);
  return [
    ...BUCKETS_SEC.map(
      (bound): Sample => ['_bucket', {...labels, le: numberText(bound)}, decoded.countUpTo(bound * 1000)],
    ),
    ['_bucket', {...labels, le: '+Inf'}, count],
    ['_sum', labels, (mean * count) / 1000],
    ['_count', labels, count],
  ];
}

const quantileSamples = (labels: Labels, distribution: Distribution): Sample[] =>
  QUANTILES.map(([quantile, name]) => ['', {...labels, quantile}, distribution[name] / 1000]);

const snake = (name: string): string => name.replaceAll(/[A-Z]/g, letter => `_${letter.toLowerCase()}`);

const labelsText = (labels: Labels): string =>
  `{${Object.entries(labels)
    .map(([name, value]) => `${name}="${escapedLabel(value)}"`)
    .join(',')}}`;

const escapedLabel = (text: string): string =>
  text.replaceAll('\\', String.raw`\\`).replaceAll('"', String.raw`\"`).replaceAll('\n', String.raw`\n`);
const escapedHelp = (text: string): string =>
  text.replaceAll('\\', String.raw`\\`).replaceAll('\n', String.raw`\n`);

/** Go's ParseFloat reads what JavaScript writes. */
const numberText = (value: number): string => String(value);
