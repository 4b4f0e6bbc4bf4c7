import * as Args from '@oclif/core/args';
import {IotctlCommand} from '../../cli/command.js';
import {COMPARISON_COLUMNS, comparisonText} from '../../cli/load/comparison-columns.js';
import {findRun} from '../../cli/load/kept-runs.js';
import {maxRegressionFlag} from '../../cli/load/report-flags.js';
import {regressionOf} from '../../cli/load/run-failure.js';
import {stringify} from '../../cli/output.js';
import {writeOut} from '../../cli/stdout.js';
import {type Comparison, compareRuns} from '../../sim/measure/comparison.js';

export default class BenchCompare extends IotctlCommand {
  static override summary = 'Compare a run with an earlier one: what is better, what is worse.';

  static override description =
    'Both have to have done the same: the same command with the same load. With --max-regression it ends with 9 when a rate is lower, or a failure count or a latency up to the 99th percentile higher, by more than that.';

  static override examples = [
    '<%= config.bin %> bench compare nightly last',
    '<%= config.bin %> bench compare before.json after.json --max-regression 10%',
  ];

  static override args = {
    baseline: Args.string({required: true, description: 'the earlier run, as `bench show` takes it'}),
    run: Args.string({required: true, description: 'the later run'}),
  };

  static override flags = {'max-regression': maxRegressionFlag};

  async run(): Promise<Comparison> {
    const {args, flags} = await this.parse(BenchCompare);
    const [baseline, run] = [await findRun(args.baseline), await findRun(args.run)];
    const comparison = compareRuns(baseline, run, flags['max-regression'] ?? null);
    await this.show(comparison);
    const regression = regressionOf(comparison);
    if (regression !== undefined) throw regression;
    return comparison;
  }

  private async show(comparison: Comparison): Promise<void> {
    if (this.format === 'table' && !this.quiet) await writeOut(comparisonText(comparison, await this.look()));
    else if (this.format === 'json' && !this.quiet) await writeOut(`${stringify(comparison, 2)}\n`);
    else await this.print(comparison.rows, COMPARISON_COLUMNS);
  }
}
