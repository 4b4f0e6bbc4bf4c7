import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import {findRun} from '../../cli/load/kept-runs.js';
import {ReportCommand} from '../../cli/load/report-command.js';
import {reportFlags} from '../../cli/load/report-flags.js';
import {RunOutcome} from '../../cli/load/run-outcome.js';
import {mergeReports} from '../../sim/measure/merge-reports.js';
import type {RunReport} from '../../sim/measure/run-report.js';

export default class BenchMerge extends ReportCommand {
  static override summary = 'Make one report of the parts of a load test that ran on several machines.';

  static override description =
    'Each part is what a machine wrote with --summary json. Counts are added, histograms and the account of who received what are merged without loss, rates are over the longest of the parts, and thresholds are judged again.';

  static override examples = [
    '<%= config.bin %> bench merge machine-1.json machine-2.json',
    '<%= config.bin %> bench merge machine-1.json machine-2.json --summary json:whole.json --no-keep-run',
  ];

  static override strict = false;

  static override args = {
    run: Args.string({required: true, description: 'the parts: files of --summary json, or kept runs'}),
  };

  static override flags = {
    threshold: reportFlags.threshold,
    summary: reportFlags.summary,
    name: Flags.string({description: 'what to call the whole [default: as the first part]'}),
    'no-keep-run': reportFlags['no-keep-run'],
  };

  async run(): Promise<RunReport> {
    const {argv, flags} = await this.parse(BenchMerge);
    const outcome = await RunOutcome.prepare(flags);
    const parts = await Promise.all((argv as string[]).map(findRun));
    const merged = mergeReports(parts, outcome.thresholds);
    const report = flags.name === undefined ? merged : {...merged, name: flags.name};
    await outcome.conclude(report, this.printer);
    return report;
  }
}
