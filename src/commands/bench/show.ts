import * as Args from '@oclif/core/args';
import {findRun} from '../../cli/load/kept-runs.js';
import {ReportCommand} from '../../cli/load/report-command.js';
import type {RunReport} from '../../sim/measure/run-report.js';

export default class BenchShow extends ReportCommand {
  static override summary =
    'Show the report of a run: as its command printed it, or whole with --output json.';

  static override examples = [
    '<%= config.bin %> bench show last',
    '<%= config.bin %> bench show nightly --output json',
  ];

  static override args = {
    run: Args.string({
      required: true,
      description: 'the id of a kept run or its beginning, its name, `last`, or a file of --summary json',
    }),
  };

  async run(): Promise<RunReport> {
    const {args} = await this.parse(BenchShow);
    const report = await findRun(args.run);
    await this.printer.report(report);
    return report;
  }
}
