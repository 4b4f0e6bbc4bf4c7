/** What a report's summaries say, before it becomes text for a terminal, Markdown or CSV. */
import {countText, latencyText, metricText} from '../../sim/measure/metric-text.js';
import {METRIC_NAMES, numberOf, unitOf} from '../../sim/measure/metrics.js';
import type {Distribution, RunReport} from '../../sim/measure/run-report.js';
import {rangesText} from '../../sim/measure/sequence-ranges.js';
import {parseThreshold} from '../../sim/measure/threshold.js';
import {bytesText} from '../bytes.js';
import {type Cell, toned} from '../cell.js';
import type {Columns} from '../output.js';
import {highestRateLine} from './adaptive-lines.js';

export interface LatencyRow extends Omit<Distribution, 'histogram'> {
  readonly name: string;
}

export const LATENCY_COLUMNS: Columns<LatencyRow> = {
  latency: row => row.name,
  count: row => countText(row.count),
  mean: row => latencyText(row.mean),
  p50: row => latencyText(row.p50),
  p90: row => latencyText(row.p90),
  p95: row => latencyText(row.p95),
  p99: row => latencyText(row.p99),
  'p99.9': row => latencyText(row['p99.9']),
  max: row => latencyText(row.max),
};

/** Latencies from when it was due; below each the one from when it was sent, and how long devices took to be back. */
export const latencyRows = ({latency, recovery}: RunReport): LatencyRow[] => [
  ...Object.entries(latency).flatMap(([name, whole]) => [
    {...whole, name},
    ...(whole.service === null || name === 'e2e' ? [] : [{...whole.service, name: `${name}, from the send`}]),
  ]),
  ...Object.entries(recovery).map(([fault, times]) => ({...times, name: `back after ${fault}`})),
];

export interface ThresholdRow {
  readonly text: string;
  readonly value: string;
  readonly ok: boolean;
}

export const THRESHOLD_COLUMNS: Columns<ThresholdRow> = {
  threshold: row => row.text,
  value: row => row.value,
  result: row => (row.ok ? toned('held', 'good') : toned('missed', 'bad')),
};

export const thresholdRows = ({thresholds}: RunReport): ThresholdRow[] =>
  thresholds.map(({text, value, ok}) => ({
    text,
    ok,
    value: value === null ? 'not measured' : metricText(value, parseThreshold(text).unit),
  }));

type TroubleRow = NonNullable<RunReport['delivery']>['worst'][number];

const numbered = (count: number, numbers: string): Cell =>
  count === 0 ? null : toned(`${countText(count)} (${numbers})`, 'bad');

export const TROUBLE_COLUMNS: Columns<TroubleRow> = {
  subscriber: row => row.subscriber,
  stream: row => row.stream,
  lost: row => numbered(row.lost, rangesText(row.lostSequences)),
  duplicated: row => numbered(row.duplicated, listed(row.duplicatedSequences, row.duplicated)),
  reordered: row => numbered(row.reordered, listed(row.reorderedSequences, row.reordered)),
  late: row => numbered(row.late, listed(row.lateSequences, row.late)),
};

const SEQUENCES_SHOWN = 10;

const listed = (sequences: readonly number[], count: number): string =>
  [...sequences.slice(0, SEQUENCES_SHOWN), ...(count > SEQUENCES_SHOWN ? ['…'] : [])].join(', ');

/** `bench pub 20261128-193012-3fa2c1, finished after 10 s` */
export function titleOf({kind, id, name, ending, durationMs, target}: RunReport): string {
  const what = name === null ? id : `${name} (${id})`;
  const why = ending.reason === null ? '' : `: ${ending.reason}`;
  return `${kind} ${what} on ${target.urls.join(', ')}, ${ending.state} after ${latencyText(durationMs)}${why}`;
}

/** The sums, a line for each. */
export function sumLines(report: RunReport): [string, Cell][] {
  const {clients, counters, failures, generator, target} = report;
  const {sent, acknowledged, received} = counters;
  return [
    ...highestRateLine(report),
    ...some(target.brokerVersion !== null, 'broker', target.brokerVersion),
    [
      'clients',
      `${countText(clients.connected)} of ${countText(clients.wanted)} connected${ofRate(counters.connected)}${counters.reconnects.total > 0 ? `, ${countText(counters.reconnects.total)} reconnects` : ''}`,
    ],
    ...some(counters.subscribed.total > 0, 'subscriptions', countText(counters.subscribed.total)),
    ...some(
      sent.total > 0,
      'sent',
      `${countText(sent.total)}${ofRate(sent)}, ${bytesText(counters.sentBytes.total)}`,
    ),
    ...some(
      acknowledged.total > 0,
      'acknowledged',
      `${countText(acknowledged.total)}${ofRate(acknowledged)}`,
    ),
    ...some(
      counters.unacknowledged.total > 0,
      'not acknowledged',
      toned(countText(counters.unacknowledged.total), 'bad'),
    ),
    ...some(counters.repeated.total > 0, 'sent once more', countText(counters.repeated.total)),
    ...some(
      received.total > 0,
      'received',
      `${countText(received.total)}${ofRate(received)}, ${bytesText(counters.receivedBytes.total)}`,
    ),
    ...some(counters.foreign.total > 0, 'foreign', toned(countText(counters.foreign.total), 'warning')),
    ...some(
      counters.commandsSent.total > 0,
      'commands',
      `${countText(counters.commandsAnswered.total)} of ${countText(counters.commandsSent.total)} answered`,
    ),
    ...deliveryLine(report),
    ['failures', failures.total === 0 ? toned('0', 'good') : toned(countText(failures.total), 'bad')],
    ['generator', generatorText(generator)],
  ];
}

const some = (there: boolean, name: string, cell: Cell): [string, Cell][] => (there ? [[name, cell]] : []);

const ofRate = ({ratePerSec}: {readonly ratePerSec: number}): string =>
  ratePerSec === 0 ? '' : ` (${countText(ratePerSec)}/s)`;

function deliveryLine({delivery}: RunReport): [string, Cell][] {
  if (delivery === null) return [];
  const {expected, delivered, lost, duplicated, reordered, late} = delivery;
  const share = lost > 0 ? ` (${metricText((100 * lost) / expected, 'percent')})` : '';
  const text = `${countText(delivered)} of ${countText(expected)}, ${countText(lost)} lost${share}, ${countText(duplicated)} duplicated, ${countText(reordered)} reordered, ${countText(late)} late`;
  return [['delivered', toned(text, lost > 0 ? 'bad' : 'good')]];
}

function generatorText({
  processes,
  cores,
  coresMax,
  rssBytes,
  bytesPerConnection,
  loopDelayP99Ms,
  each,
}: RunReport['generator']): string {
  const several = processes === 1 ? '' : `${processes} processes, `;
  const ofEach = each.map(use => `${use.cores.toFixed(2)} cores and ${bytesText(use.rssBytes)}`).join(', ');
  const apart = processes === 1 ? '' : `; each: ${ofEach}`;
  const share = bytesPerConnection === null ? '' : ` (${bytesText(bytesPerConnection)} a connection)`;
  const most = coresMax === 0 ? '' : ` (${coresMax.toFixed(2)} at most)`;
  return `${several}${cores.toFixed(2)} cores${most}, ${bytesText(rssBytes)}${share}, ticks late by ${latencyText(loopDelayP99Ms)} (p99)${apart}`;
}

type FailureRow = RunReport['failures']['byReason'][number];

export const FAILURE_COLUMNS: Columns<FailureRow> = {
  failure: row => row.kind,
  reason: row => row.reason,
  count: row => countText(row.count),
};

export interface MetricRow {
  readonly metric: string;
  readonly value: number;
  readonly unit: string;
}

const UNIT_NAMES = {count: '', perSec: '/s', ms: 'ms'} as const;

/** Every number of a report that has a name. */
export const metricRows = (report: RunReport): MetricRow[] => [
  ...METRIC_NAMES.flatMap(metric => {
    const value = numberOf(report, metric);
    return value === undefined ? [] : [{metric, value, unit: UNIT_NAMES[unitOf(metric)!]}];
  }),
  ...(report.adaptive === undefined
    ? []
    : [{metric: 'highestRate', value: report.adaptive.highestRatePerSec ?? 0, unit: '/s'}]),
];
