import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import {IotctlCommand, outputFlag} from '../cli/command.js';
import {countColumns, episodeColumns, episodesLine} from '../cli/episode-columns.js';
import {sayFreshness} from '../cli/freshness.js';
import {limitFlag, limitsFlag} from '../cli/limits-flag.js';
import {FORMATS, stringify} from '../cli/output.js';
import {listOf, rangeFlags, rangeOf, readingFlags} from '../cli/reading-flags.js';
import {say, writeOut} from '../cli/stdout.js';
import {durationFlag} from '../cli/time-flags.js';
import type {EpisodesAnswer} from '../domain/episode-answer.js';

const CONDITIONS = ['outside', 'above', 'below', 'when'];

/** The range when nothing else is said. */
const NORMALLY = '7d';

export default class Episodes extends IotctlCommand {
  static override summary =
    'When a metric was beyond a limit, or a condition held: from when to when, and how often.';

  static override description =
    'On the readings’ own time, late ones included. An episode begins and ends at a reading beyond the limit, and never goes across a gap, in which nothing is known. With --when, a condition over the other metrics of the same component too, as they were known at each reading. With --by, how many there were in each group.';

  static override examples = [
    '<%= config.bin %> episodes temperature --outside 2..8 --for 10m --last 7d',
    '<%= config.bin %> episodes temperature --above 30 --hysteresis 2 --max-gap 5m --by device',
    "<%= config.bin %> episodes temperature --when 'temperature > 30 && humidity < 20' --for 5m",
    "<%= config.bin %> episodes pressure --below 1.5 --selector 'site=oslo' --since yesterday --output json",
  ];

  static override args = {
    metric: Args.string({required: true, description: 'the metric'}),
  };

  static override flags = {
    output: outputFlag([...FORMATS, 'md']),
    outside: limitsFlag({
      description: 'below the first or above the second, such as 2..8',
      exactlyOne: CONDITIONS,
    }),
    above: limitFlag({description: 'above this value', exactlyOne: CONDITIONS}),
    below: limitFlag({description: 'below this value', exactlyOne: CONDITIONS}),
    when: Flags.string({
      description:
        'when this expression holds, in the Common Expression Language: value, metrics, device, component, model, time, labels',
      helpValue: '<expression>',
      exactlyOne: CONDITIONS,
    }),
    hysteresis: limitFlag({
      exclusive: ['when'],
      description: 'what began goes on until a value is so far on the other side of the limit [default: 0]',
    }),
    for: durationFlag({description: 'only what lasts at least so long [default: any]'}),
    'max-gap': durationFlag({
      description: 'between readings that are farther apart nothing is known [default: 15m]',
    }),
    ...rangeFlags(NORMALLY),
    by: Flags.string({
      multiple: true,
      description:
        'count by device, component, model or a label, several with commas [default: list each episode]',
    }),
    ...readingFlags,
  };

  async run(): Promise<EpisodesAnswer> {
    const {args, flags} = await this.parse(Episodes);
    const by = listOf(flags.by);
    const {stats} = await this.api();
    const answer = await stats.episodes({
      metric: args.metric,
      outside: flags.outside,
      above: flags.above,
      below: flags.below,
      when: flags.when,
      hysteresis: flags.hysteresis,
      forMs: flags.for,
      maxGapMs: flags['max-gap'],
      ...rangeOf(flags, NORMALLY),
      by,
      selector: flags.selector,
      devices: flags.device,
      component: flags.component,
      distinct: flags.distinct,
      consistent: flags.consistent,
      timeoutMs: flags.timeout,
    });
    if (this.format === 'json') await writeOut(`${stringify(answer, 2)}\n`);
    else if (by.length > 0) await this.print(answer.counts, countColumns(by, this.format === 'table'));
    else await this.print(answer.episodes, episodeColumns(this.format === 'table'));
    say(episodesLine(answer));
    sayFreshness(answer);
    return answer;
  }
}
