/** One rate of a search, judged by what happened while it was measured, and by nothing that came before. */
import {nowMs} from '../measure/clock.js';
import type {DeliveryTotals} from '../measure/delivery-totals.js';
import {measurementsBetween} from '../measure/difference.js';
import type {RunFacts} from '../measure/run-facts.js';
import {RunRecorder} from '../measure/run-recorder.js';
import type {RunReport, ThresholdResult} from '../measure/run-report.js';
import type {RunSnapshot} from '../measure/run-snapshot.js';
import {generatorAtLimit} from '../measure/verdict.js';
import type {Progress} from './load-progress.js';
import type {LoadRun} from './load-run.js';

export interface StepResult {
  readonly durationMs: number;
  readonly thresholds: readonly ThresholdResult[];
  /** What did not hold: a threshold, `failures`, `backlog`, or `generator`; null when all did. */
  readonly limit: string | null;
}

/** What is on its way may not grow by more than this share of what was due, nor by a few messages. */
const BACKLOG_GROWTH = 0.05;
const BACKLOG_MESSAGES = 10;

export class Step {
  readonly #run: LoadRun;
  readonly #recorder: RunRecorder;
  readonly #startMs = nowMs();
  readonly #startCpu = process.cpuUsage();
  readonly #snapshot: RunSnapshot;
  readonly #progress: Progress;

  constructor(run: LoadRun, facts: RunFacts) {
    this.#run = run;
    this.#snapshot = run.snapshot();
    this.#progress = run.progress();
    this.#recorder = new RunRecorder(facts);
    this.#recorder.enter('running');
  }

  /** Ends it. */
  judge(): StepResult {
    const durationMs = nowMs() - this.#startMs;
    const report = this.#recorder.provisional(this.#between(this.#run.snapshot(), durationMs));
    const missed =
      report.thresholds.find(({ok}) => !ok)?.text ??
      (hasUnaskedFailures(report) ? 'failures' : undefined) ??
      (this.backlogGrew ? 'backlog' : undefined);
    return {
      durationMs,
      thresholds: report.thresholds,
      limit: missed === undefined ? null : this.#isOwn(report) ? 'generator' : missed,
    };
  }

  /** A backlog of what was sent is the broker's, however late it was sent. */
  #isOwn({generator}: RunReport): boolean {
    const {outstanding, unsent} = this.#run.progress();
    return generatorAtLimit(generator) && !(this.backlogGrew && unsent < outstanding / 2);
  }

  #between(later: RunSnapshot, durationMs: number): RunSnapshot {
    const {user, system} = process.cpuUsage(this.#startCpu);
    const cores = (user + system) / 1000 / Math.max(1, durationMs);
    return {
      measurements: measurementsBetween(later.measurements, this.#snapshot.measurements),
      totals: totalsBetween(later.totals, this.#snapshot.totals),
      delivery: null,
      generator: {...later.generator, cores, coresMax: cores},
    };
  }

  /** More is on its way now than at the beginning, by more than chance would have it. */
  get backlogGrew(): boolean {
    const {due, outstanding} = this.#run.progress();
    const allowed = BACKLOG_MESSAGES + BACKLOG_GROWTH * (due - this.#progress.due);
    return outstanding - this.#progress.outstanding > allowed;
  }
}

const hasUnaskedFailures = ({failures, thresholds}: RunReport): boolean =>
  failures.total > 0 && !thresholds.some(({metric}) => metric.split('.')[0] === 'failures');

/** What was missing may have come since. */
const totalsBetween = (later: DeliveryTotals, earlier: DeliveryTotals): DeliveryTotals => ({
  received: later.received - earlier.received,
  duplicated: later.duplicated - earlier.duplicated,
  reordered: later.reordered - earlier.reordered,
  late: later.late - earlier.late,
  missing: Math.max(0, later.missing - earlier.missing),
});
