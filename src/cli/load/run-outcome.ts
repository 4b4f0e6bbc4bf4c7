/**
 * What becomes of a run's report: it is printed, written to files, kept, and compared with its baseline. All that can
 * be wrong with files is found before the run begins.
 */
import {appendFile} from 'node:fs/promises';
import {IotctlError} from '../../domain/errors.js';
import type {Comparison} from '../../sim/measure/comparison.js';
import type {RunReport} from '../../sim/measure/run-report.js';
import {parseThreshold, type Threshold} from '../../sim/measure/threshold.js';
import {say} from '../stdout.js';
import {findRun, keepRun} from './kept-runs.js';
import type {ReportFlags} from './report-flags.js';
import {regressionOf, runFailure} from './run-failure.js';
import {SummaryFile} from './summary-file.js';

const MAX_REGRESSION_PERCENT = 10;

/** How a command shows what it found. */
export interface OutcomePrinter {
  report(report: RunReport): Promise<void>;
  comparison(comparison: Comparison): Promise<void>;
}

export class RunOutcome {
  readonly thresholds: readonly Threshold[];
  readonly #summaries: readonly SummaryFile[];
  readonly #baseline: RunReport | undefined;
  readonly #maxRegressionPercent: number;
  readonly #keeps: boolean;

  private constructor(fields: {
    readonly thresholds: readonly Threshold[];
    readonly summaries: readonly SummaryFile[];
    readonly baseline: RunReport | undefined;
    readonly flags: ReportFlags;
  }) {
    this.thresholds = fields.thresholds;
    this.#summaries = fields.summaries;
    this.#baseline = fields.baseline;
    this.#maxRegressionPercent = fields.flags['max-regression'] ?? MAX_REGRESSION_PERCENT;
    this.#keeps = fields.flags['no-keep-run'] !== true;
  }

  /** Throws what is wrong with thresholds, files of summaries and the baseline. */
  static async prepare(flags: ReportFlags): Promise<RunOutcome> {
    const {threshold = [], summary = [], baseline} = flags;
    return new RunOutcome({
      thresholds: threshold.map(parseThreshold),
      summaries: await Promise.all(summary.map(text => SummaryFile.prepare(text))),
      baseline: baseline === undefined ? undefined : await findRun(baseline),
      flags,
    });
  }

  /** Throws `IOT_RUNS_INCOMPARABLE` before a run that could not be compared with its baseline. */
  async expect(run: Pick<RunReport, 'kind' | 'options'>): Promise<void> {
    if (this.#baseline === undefined) return;
    const {checkComparable} = await import('../../sim/measure/comparison.js');
    checkComparable(this.#baseline, run);
  }

  /**
   * Writes, keeps and prints the report, whatever it says, and then throws when the run was no success. One file that
   * cannot be written does not take the others away. An interrupted run ends with 130.
   */
  async conclude(report: RunReport, printer: OutcomePrinter): Promise<void> {
    const failures = await this.#write(report);
    await printer.report(report);
    const comparison = await this.#compare(report);
    if (comparison !== undefined) await printer.comparison(comparison);
    if (report.ending.state === 'interrupted') process.exitCode = 130;
    const failure = runFailure(report) ?? regressionOf(comparison) ?? failures[0];
    for (const other of failures) if (other !== failure) say(`Warning: ${other.message}`);
    if (failure !== undefined && report.ending.state !== 'interrupted') throw failure;
  }

  async #compare(report: RunReport): Promise<Comparison | undefined> {
    if (this.#baseline === undefined) return undefined;
    const {compareRuns} = await import('../../sim/measure/comparison.js');
    return compareRuns(this.#baseline, report, this.#maxRegressionPercent);
  }

  async #write(report: RunReport): Promise<IotctlError[]> {
    const written = await Promise.allSettled([
      ...this.#summaries.map(summary => summary.write(report)),
      writeStepSummary(report),
      ...(this.#keeps ? [keepRun(report)] : []),
    ]);
    return written.flatMap(result => (result.status === 'rejected' ? [result.reason as IotctlError] : []));
  }
}

/** What GitHub shows of a workflow's step (GITHUB_STEP_SUMMARY names the file, to which one appends). */
async function writeStepSummary(report: RunReport): Promise<void> {
  const file = process.env.GITHUB_STEP_SUMMARY;
  if (file === undefined || file === '') return;
  const {reportMarkdown} = await import('./report-files.js');
  await appendFile(file, `${reportMarkdown(report)}\n`).catch((error: Error) => {
    throw new IotctlError('IOT_INPUT_INVALID', `GITHUB_STEP_SUMMARY: ${error.message}`, {cause: error});
  });
}
