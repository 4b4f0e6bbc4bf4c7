import type {Interfaces} from '@oclif/core';
import * as Flags from '@oclif/core/flags';
import {IotctlCommand, outputFlag} from '../cli/command.js';
import {listenForEnding} from '../cli/ending.js';
import {FORMATS} from '../cli/output.js';
import {ofPlatform, platformEventsFlag} from '../cli/platform-flags.js';
import {EVENT_COLUMNS, eventLine, fitted} from '../cli/tail/event-line.js';
import {type EventRate, eventRates, RATE_COLUMNS} from '../cli/tail/event-rate.js';
import {SINK_FLAGS, sinkOf} from '../cli/tail/sink-flags.js';
import {runSink} from '../cli/tail/sink-run.js';
import {FILTER_FLAGS, SHOW_FLAGS} from '../cli/tail/tail-flags.js';
import {timeFlag} from '../cli/time-flags.js';
import type {FilterOptions, TailOptions} from '../client/api-shapes.js';
import {until} from '../client/until.js';
import type {CloudEvent} from '../domain/cloud-event.js';

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
    '<%= config.bin %> tail --type undecodable --decode auto -o ndjson',
    "<%= config.bin %> tail --type 'event.*' --exec 'logger -t iot {{device}} {{type}}'",
    '<%= config.bin %> tail --forward https://example.com/events --signing-secret-file whsec.txt',
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
    ...SINK_FLAGS,
    platform: platformEventsFlag,
  };

  async run(): Promise<number> {
    const {flags} = await this.parse(Tail);
    const sink = await sinkOf(flags);
    using ending = listenForEnding();
    const api = await this.api();
    const signal = sink === undefined ? ending.signal : AbortSignal.any([ending.signal, sink.failed]);
    const events = until(decoded(api.tail({signal, ...asked(flags)}), flags.decode), signal);
    // Awaited here: `ending` listens only as long as this function runs.
    if (sink !== undefined) return await runSink(events, sink, ending.interrupted);
    if (flags.rate !== undefined)
      return await this.printStream(eventRates(events, flags.rate, flags.every), RATE_COLUMNS, rateLine);
    if (flags.template !== undefined) this.format = 'table';
    return await this.printStream(events, EVENT_COLUMNS, flags.template ?? eventLine);
  }
}

type TailFlags = Interfaces.InferredFlags<typeof Tail.flags>;

function asked(flags: TailFlags): TailOptions & FilterOptions {
  const {since, after, device, type, where, exclude, sample, follow, rate} = flags;
  const begins = since !== undefined || after !== undefined || rate !== undefined;
  const last = flags.last ?? (begins ? undefined : LAST_DEFAULT);
  return {since, after, last, device, type, where, exclude, sample, follow, ...ofPlatform(flags)};
}

async function* decoded(
  events: AsyncIterable<CloudEvent>,
  format: TailFlags['decode'],
): AsyncGenerator<CloudEvent> {
  if (format === undefined) return yield* events;
  const {decodedEvent} = await import('../cli/tail/decoded-event.js');
  for await (const event of events) yield decodedEvent(event, format);
}

const rateLine = ({time, key, perSec}: EventRate): string => fitted(`${time}  ${perSec}/s  ${key}`);
