import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import {terminalChartLook} from '../cli/chart/terminal-look.js';
import {IotctlCommand, outputFlag} from '../cli/command.js';
import {sayFreshness} from '../cli/freshness.js';
import {FORMATS, stringify} from '../cli/output.js';
import {listOf, rangeFlags, rangeMsOf, rangeOf, readingFlags} from '../cli/reading-flags.js';
import {chartEveryMs, statsChart} from '../cli/stats-chart.js';
import {statsColumns} from '../cli/stats-columns.js';
import {say, writeOut} from '../cli/stdout.js';
import {durationFlag} from '../cli/time-flags.js';
import type {StatsAnswer} from '../domain/stats.js';

/** The range when nothing else is said. */
const NORMALLY = '1h';

export default class Stats extends IotctlCommand {
  static override summary = 'What readings come to: averages, extremes, percentiles, counts and rates.';

  static override description =
    'Over a range of the readings’ own time, late ones included. With --every, for each bucket of time, empty ones too. Every reading counts, as in SQL; --distinct counts those of the same device, component, metric and time once.';

  static override examples = [
    '<%= config.bin %> stats temperature --last 5m',
    '<%= config.bin %> stats temperature humidity --last 24h --every 1h --by device --agg avg,p95,count',
    '<%= config.bin %> stats temperature --last 24h --every 10m --by site --agg avg --output chart',
    '<%= config.bin %> stats energy --since yesterday --every 1d --timezone Europe/Oslo --agg increase,rate',
  ];

  static override args = {
    metric: Args.string({required: true, description: 'the metric; several may follow'}),
  };

  static override strict = false;

  static override flags = {
    output: outputFlag([...FORMATS, 'md', 'chart']),
    ...rangeFlags(NORMALLY),
    every: durationFlag({
      description: 'cut the range into buckets of this length [default: one for the whole range]',
    }),
    timezone: Flags.string({
      description: 'where days begin, for buckets of whole days, such as Europe/Oslo [default: UTC]',
    }),
    by: Flags.string({
      multiple: true,
      description:
        'group by device, component, model or a label, several with commas [default: all together]',
    }),
    agg: Flags.string({
      multiple: true,
      default: ['avg,min,max,count'],
      description:
        'what to compute: avg, min, max, sum, count, first, last, median, stddev, p95 and other percentiles, delta, increase, rate',
    }),
    ...readingFlags,
  };

  async run(): Promise<StatsAnswer> {
    const {args, argv, flags, metadata} = await this.parse(Stats);
    const range = rangeOf(flags, NORMALLY);
    const isChart = this.format === 'chart';
    // A chart of the default aggregates would be one of counts.
    const aggregates = isChart && metadata.flags.agg?.setFromDefault === true ? ['avg'] : listOf(flags.agg);
    const {stats} = await this.api();
    const answer = await stats.stats({
      metrics: argv as string[],
      ...range,
      everyMs: flags.every ?? (isChart ? chartEveryMs(rangeMsOf(range)) : undefined),
      timezone: flags.timezone,
      by: listOf(flags.by),
      aggregates,
      selector: flags.selector,
      devices: flags.device,
      component: flags.component,
      distinct: flags.distinct,
      consistent: flags.consistent,
      timeoutMs: flags.timeout,
    });
    await this.show(answer);
    if (answer.rows.length === 0)
      say(`No readings of ${args.metric} in this range. \`iotctl tail\` shows what devices say.`);
    sayFreshness(answer);
    return answer;
  }

  private async show(answer: StatsAnswer): Promise<void> {
    if (this.format === 'chart') await writeOut(statsChart(answer, await terminalChartLook()));
    else if (this.format === 'json') await writeOut(`${stringify(answer, 2)}\n`);
    else await this.print(answer.rows, statsColumns(answer, this.format === 'table'));
  }
}
