/** Is a run worse than another one of the same kind, and in what? */
import {IotctlError} from '../../domain/errors.js';
import {LATENCIES} from './measurements.js';
import {type MetricUnit, numberOf, unitOf} from './metrics.js';
import type {OptionValue, RunReport} from './run-report.js';

export interface Comparison {
  readonly baseline: string;
  readonly run: string;
  /** Null when nothing counts as regressed. */
  readonly maxRegressionPercent: number | null;
  readonly rows: readonly ComparedMetric[];
  /** How many of them regressed. */
  readonly regressions: number;
  /** What makes them less comparable, such as another CPU. */
  readonly warnings: readonly string[];
}

export interface ComparedMetric {
  readonly metric: string;
  readonly unit: MetricUnit;
  readonly before: number | null;
  readonly after: number | null;
  /** Above 0 it grew; null when there was nothing before. */
  readonly changePercent: number | null;
  /** `unsure`: too few samples, or a difference that is below what can be measured. */
  readonly change: 'regressed' | 'worse' | 'same' | 'better' | 'unsure';
}

const HIGHER_IS_BETTER = [
  'connected',
  'connected.rate',
  'sent.rate',
  'acknowledged.rate',
  'received.rate',
  'commandsAnswered.rate',
];
const LOWER_IS_BETTER = ['failures', 'lost', 'duplicated', 'reordered', 'late', 'unacknowledged'];
/** How many samples a percentile needs, so that some are above it. */
const PERCENTILES: readonly (readonly [name: string, samplesMin: number])[] = [
  ['p50', 20],
  ['p90', 100],
  ['p95', 200],
  ['p99', 1000],
];
/** Differences below these are noise: of a timer, and of a count a second. */
const FLOOR: Readonly<Record<MetricUnit, number>> = {ms: 0.5, perSec: 1, count: 0};

/** What does not change the load: who it is, where it goes, and what becomes of its report. */
const NOT_OF_THE_LOAD = [
  'name',
  'url',
  'context',
  'username',
  'password',
  'ca',
  'cert',
  'key',
  'source',
  'start',
  'seed',
  'agents',
  'threshold',
  'abortonfail',
  'summary',
  'baseline',
  'maxregression',
  'prometheus',
  'keeprun',
  'output',
  'prefix',
];

/** Throws `IOT_RUNS_INCOMPARABLE` and says why, when the two did not do the same. */
export function compareRuns(
  baseline: RunReport,
  run: RunReport,
  maxRegressionPercent: number | null,
): Comparison {
  checkComparable(baseline, run);
  const metrics = [
    ...HIGHER_IS_BETTER,
    ...LOWER_IS_BETTER,
    ...LATENCIES.flatMap(name => PERCENTILES.map(([percentile]) => `${name}.${percentile}`)),
  ];
  const rows = metrics
    .map(metric => compared(metric, baseline, run, maxRegressionPercent))
    .filter(({before, after}) => (before ?? 0) !== 0 || (after ?? 0) !== 0);
  return {
    baseline: baseline.id,
    run: run.id,
    maxRegressionPercent,
    rows,
    regressions: rows.filter(({change}) => change === 'regressed').length,
    warnings: warningsOf(baseline, run),
  };
}

function compared(
  metric: string,
  baseline: RunReport,
  run: RunReport,
  maxPercent: number | null,
): ComparedMetric {
  const unit = unitOf(metric)!;
  const before = numberOf(baseline, metric) ?? null;
  const after = numberOf(run, metric) ?? null;
  const changePercent =
    before === null || after === null || before === 0 ? null : (100 * (after - before)) / before;
  const sure = isSure(metric, baseline) && isSure(metric, run);
  return {
    metric,
    unit,
    before,
    after,
    changePercent,
    change: sure ? changeOf(metric, unit, before, after, maxPercent) : 'unsure',
  };
}

function changeOf(
  metric: string,
  unit: MetricUnit,
  before: number | null,
  after: number | null,
  maxPercent: number | null,
): ComparedMetric['change'] {
  if (before === null || after === null) return 'unsure';
  const worseBy = HIGHER_IS_BETTER.includes(metric) ? before - after : after - before;
  if (Math.abs(worseBy) <= FLOOR[unit]) return 'same';
  if (worseBy < 0) return 'better';
  const allowed = maxPercent === null ? Number.POSITIVE_INFINITY : (Math.abs(before) * maxPercent) / 100;
  return worseBy > allowed ? 'regressed' : 'worse';
}

/** Sums and rates are what they are; a percentile needs samples above it. */
function isSure(metric: string, report: RunReport): boolean {
  const [name, percentile] = metric.split('.') as [string, string | undefined];
  const samplesMin = PERCENTILES.find(([candidate]) => candidate === percentile)?.[1];
  return samplesMin === undefined || (numberOf(report, `${name}.count`) ?? 0) >= samplesMin;
}

/** Throws `IOT_RUNS_INCOMPARABLE` for a run that does something else, which is known before it begins. */
export function checkComparable(baseline: RunReport, run: Pick<RunReport, 'kind' | 'options'>): void {
  if (baseline.kind !== run.kind) throw incomparable(`${baseline.id} is ${baseline.kind}, not ${run.kind}`);
  if (baseline.ending.state === 'failed')
    throw incomparable(`${baseline.id} failed: ${baseline.ending.reason ?? ''}`);
  const differences = differentOptions(baseline.options, run.options);
  if (differences.length === 0) return;
  throw incomparable(`${baseline.id} was told to do something else: ${differences.join(', ')}`);
}

const incomparable = (why: string): IotctlError => new IotctlError('IOT_RUNS_INCOMPARABLE', why);

/** As people read it: `--rate was 100, not 200`. */
export function differentOptions(
  before: Readonly<Record<string, OptionValue>>,
  after: Readonly<Record<string, OptionValue>>,
): string[] {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  return names
    .filter(name => !NOT_OF_THE_LOAD.includes(name.replaceAll('-', '').toLowerCase()))
    .filter(name => optionText(before[name]) !== optionText(after[name]))
    .map(name => `${name} was ${optionText(before[name])}, not ${optionText(after[name])}`);
}

/** An option that is not there is one that was not given. */
const optionText = (value: OptionValue | undefined): string =>
  value === undefined || value === null ? 'not given' : JSON.stringify(value);

function warningsOf(baseline: RunReport, run: RunReport): string[] {
  const facts = ['cpu', 'cores', 'os', 'node'] as const;
  const machine = facts
    .filter(fact => baseline.environment[fact] !== run.environment[fact])
    .map(fact => `another ${fact}: ${baseline.environment[fact]}, then ${run.environment[fact]}`);
  const early = [baseline, run].filter(({ending}) => ending.state !== 'finished');
  return [...machine, ...early.map(({id, ending}) => `${id} was ${ending.state} before its end`)];
}
