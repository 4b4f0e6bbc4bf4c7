import * as Flags from '@oclif/core/flags';
import {IotctlCommand, outputFlag} from '../cli/command.js';
import {listenForEnding} from '../cli/ending.js';
import {FORMATS} from '../cli/output.js';
import {ofPlatform, platformEventsFlag} from '../cli/platform-flags.js';
import {EVENT_COLUMNS, eventLine, fitted} from '../cli/tail/event-line.js';
import {eventRates, RATE_COLUMNS} from '../cli/tail/event-rate.js';
import {FILTER_FLAGS, SHOW_FLAGS} from '../cli/tail/tail-flags.js';
import {timeFlag} from '../cli/time-flags.js';
import {until} from '../client/until.js';

/** What is shown of the past when nothing says how much. */
const LAST_DEFAULT = 10;

export default class Tail extends IotctlCommand {
  static override summary = 'Print stored events, then new ones as they come, without a gap in between.';

  static override examples = [
    '<%= config.bin %> tail',
    '<%= config.bin %> tail --since 15m --device lamp-1 --no-follow',
    '<%= config.bin %> tail --type telemetry --output ndjson',
    '<%= config.bin %> tail --where \'temperature > 30 && labels.site == "oslo"\'',
    "<%= config.bin %> tail --template '{{device}} {{data.temperature}}'",
    '<%= config.bin %> tail --rate device --every 10s',
  ];

  static override flags = {
    output: outputFlag([...FORMATS, 'cloudevents']),
    since: timeFlag({
      description: `start with the events since then: RFC 3339, 15m, now-2h or yesterday [default: the last ${LAST_DEFAULT} events]`,
    }),
    last: Flags.integer({
      char: 'n',
      min: 0,
      description: `start with so many of the newest events [default: ${LAST_DEFAULT}]`,
      exclusive: ['after'],
    }),
    after: Flags.integer({
      min: -1,
      description: 'start with the event after this offset [default: none]',
      exclusive: ['since'],
    }),
    follow: Flags.boolean({
      char: 'f',
      allowNo: true,
      default: true,
      description: 'go on with new events [default: true]',
    }),
    device: Flags.string({description: 'only events of this device [default: all]'}),
    type: Flags.string({description: 'only events of this type, such as telemetry [default: all]'}),
    ...FILTER_FLAGS,
    ...SHOW_FLAGS,
    platform: platformEventsFlag,
  };

  async run(): Promise<number> {
    const {flags} = await this.parse(Tail);
    const {since, after, follow, template, rate, every} = flags;
    const begins = since !== undefined || after !== undefined;
    const last = flags.last ?? (begins ? undefined : rate === undefined ? LAST_DEFAULT : 0);
    using ending = listenForEnding();
    const api = await this.api();
    const {device, type, where, exclude, sample} = flags;
    const asked = {since, after, last, device, type, where, exclude, sample};
    const tail = api.tail({follow, signal: ending.signal, ...ofPlatform(flags), ...asked});
    const events = until(tail, ending.signal);
    // Awaited here: `ending` listens only as long as this function runs.
    if (rate !== undefined)
      return await this.printStream(eventRates(events, rate, every), RATE_COLUMNS, ({time, key, perSec}) =>
        fitted(`${time}  ${perSec}/s  ${key}`),
      );
    if (template !== undefined) this.format = 'table';
    return await this.printStream(events, EVENT_COLUMNS, template ?? eventLine);
  }
}
