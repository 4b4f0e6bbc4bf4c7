/** Follows a run: what there is to see of it now, second by second, and what it reports at its end. */
import type {LiveView, RunPhase} from '../../domain/live-view.js';
import {nowMs} from './clock.js';
import {bytesPerConnection, countersOf} from './counted.js';
import {type DeliveryReport, deliveryReport} from './delivery-report.js';
import {distributionOf} from './distribution.js';
import {LatencyHistogram} from './histogram.js';
import {liveView} from './live.js';
import type {LatencySnapshot} from './measurements.js';
import {Phases} from './phases.js';
import type {RunFacts} from './run-facts.js';
import {newRunId} from './run-id.js';
import type {LatencyReport, RunEnding, RunReport} from './run-report.js';
import type {RunSnapshot} from './run-snapshot.js';
import {Series} from './series.js';
import {evaluate} from './threshold.js';
import {verdictOf} from './verdict.js';

/** Some megabytes: beyond them a report keeps the sums of its accounts, and cannot be merged exactly any more. */
const ACCOUNTING_NUMBERS_MAX = 300_000;

const GOES_ON: RunEnding = {state: 'finished', reason: null};

export class RunRecorder {
  readonly facts: RunFacts;
  readonly #startedAt = new Date();
  readonly id = newRunId(this.#startedAt);
  readonly #phases = new Phases(nowMs());
  readonly #series = new Series(nowMs());

  /** It takes milliseconds to make, and is asked for by several. */
  #provisional: {readonly snapshot: RunSnapshot; readonly report: RunReport} | undefined;

  constructor(facts: RunFacts) {
    this.facts = facts;
  }

  /** The run goes on to its next phase; rates are told of the time that each takes. */
  enter(phase: RunPhase): void {
    this.#phases.enter(phase, nowMs());
  }

  /** Takes note of how the run stands, one to four times a second. */
  observe(snapshot: RunSnapshot): LiveView {
    this.#series.add(snapshot, nowMs());
    const report = this.provisional(snapshot);
    return liveView({report, facts: this.facts, phase: this.#phases.current, series: this.#series});
  }

  /** How the run stands, as a report: what `--abort-on-fail` judges. */
  provisional(snapshot: RunSnapshot): RunReport {
    if (this.#provisional?.snapshot !== snapshot)
      this.#provisional = {snapshot, report: this.#build(snapshot, GOES_ON, nowMs())};
    return this.#provisional.report;
  }

  /** The last word, with the whole account of who received what. */
  finish(snapshot: RunSnapshot, ending: RunEnding): RunReport {
    const atMs = nowMs();
    this.#phases.enter('ended', atMs);
    this.#series.add(snapshot, atMs);
    return this.#build(snapshot, ending, atMs);
  }

  #build(snapshot: RunSnapshot, ending: RunEnding, atMs: number): RunReport {
    const {measurements, generator} = snapshot;
    const {facts} = this;
    const {durationMs, connectMs, loadMs} = this.#phases.times(atMs);
    const failures = failuresOf(measurements.failures);
    const connected = measurements.counters.connected;
    const report: RunReport = {
      version: 1,
      id: this.id,
      kind: facts.kind,
      name: facts.name,
      startedAt: this.#startedAt.toISOString(),
      endedAt: new Date(this.#startedAt.getTime() + durationMs).toISOString(),
      durationMs: Math.round(durationMs),
      connectMs: Math.round(connectMs),
      loadMs: Math.round(loadMs),
      ending,
      target: facts.target,
      options: facts.options,
      environment: facts.environment,
      clients: {wanted: facts.clients, connected},
      counters: countersOf(measurements.counters, {connectMs, loadMs}),
      failures,
      delivery: deliveryOf(snapshot, facts.streamName),
      latency: mapValues(measurements.latencies, latencyOf),
      recovery: mapValues(measurements.recoveries, distributionOf),
      gauges: measurements.gauges,
      series: this.#series.points,
      thresholds: [],
      generator: {
        ...generator,
        bytesPerConnection: bytesPerConnection(generator.grownBytes, connected),
        scheduleLagP99Ms: LatencyHistogram.decode(measurements.scheduleLag).percentile(99),
      },
      verdict: {ok: true, problems: [], warnings: []},
      accounting: accountingOf(snapshot),
    };
    const judged = {...report, thresholds: facts.thresholds.map(threshold => evaluate(threshold, report))};
    return {...judged, verdict: verdictOf(judged)};
  }
}

function failuresOf(failures: RunSnapshot['measurements']['failures']): RunReport['failures'] {
  const byReason = Object.entries(failures)
    .flatMap(([kind, reasons]) =>
      Object.entries(reasons).map(
        ([reason, count]) => ({kind, reason, count}) as RunReport['failures']['byReason'][number],
      ),
    )
    .sort((a, b) => b.count - a.count);
  return {total: byReason.reduce((sum, {count}) => sum + count, 0), byReason};
}

/** While the run goes on only sums are known, and what is missing may still come. */
function deliveryOf(
  {delivery, totals, measurements}: RunSnapshot,
  streamName: (stream: number) => string,
): DeliveryReport | null {
  if (delivery !== null)
    return delivery.subscribers.length === 0 ? null : deliveryReport(delivery, streamName);
  const {subscribed, commandsSent} = measurements.counters;
  // Commands and their answers are counted by themselves.
  if (subscribed === 0 || commandsSent > 0) return null;
  const {received, duplicated, reordered, late, missing} = totals;
  const delivered = received - duplicated;
  return {
    expected: delivered + missing,
    delivered,
    lost: missing,
    duplicated,
    reordered,
    late,
    unexpected: 0,
    troubled: 0,
    worst: [],
  };
}

function accountingOf({delivery}: RunSnapshot): RunReport['accounting'] {
  if (delivery === null) return null;
  const numbers = delivery.subscribers
    .flatMap(({streams}) => streams)
    .reduce((sum, {ranges}) => sum + ranges.length + 1, delivery.sent.length);
  return numbers > ACCOUNTING_NUMBERS_MAX ? null : delivery;
}

const latencyOf = ({schedule, service, clamped, invalid}: LatencySnapshot): LatencyReport => ({
  ...distributionOf(schedule),
  service: service === null ? null : distributionOf(service),
  clamped,
  invalid,
});

const mapValues = <Value, Result>(
  values: Readonly<Partial<Record<string, Value>>>,
  result: (value: Value) => Result,
): Record<string, Result> =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [name, result(value as Value)]));
