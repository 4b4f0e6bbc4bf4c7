import type {Interfaces} from '@oclif/core';
import * as Flags from '@oclif/core/flags';
import {IotctlCommand, outputFlag} from '../cli/command.js';
import {listenForEnding} from '../cli/ending.js';
import {FORMATS} from '../cli/output.js';
import {ofPlatform, platformEventsFlag} from '../cli/platform-flags.js';
import {say} from '../cli/stdout.js';
import {CursorKeeper} from '../cli/tail/cursor-keeper.js';
import {EVENT_COLUMNS, eventLine, fitted} from '../cli/tail/event-line.js';
import {type EventRate, eventRates, RATE_COLUMNS} from '../cli/tail/event-rate.js';
import {SINK_FLAGS, sinkOf} from '../cli/tail/sink-flags.js';
import {runSink} from '../cli/tail/sink-run.js';
import {FILTER_FLAGS, SHOW_FLAGS} from '../cli/tail/tail-flags.js';
import {timeFlag} from '../cli/time-flags.js';
import type {ApiClient} from '../client/api-client.js';
import type {FilterOptions, TailOptions} from '../client/api-shapes.js';
import {until} from '../client/until.js';
import {Progress} from '../delivery/progress.js';
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
    '<%= config.bin %> tail --cursor billing --type telemetry --record billing.ndjson',
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
    cursor: Flags.string({
      helpValue: '<name>',
      description:
        'go on where the one of this name ended, and remember how far it comes; a new one begins now, or at --since or --after',
      exclusive: ['last', 'rate', 'platform'],
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
    const api = await this.api();
    const begin = flags.cursor === undefined ? undefined : await openCursor(api, flags.cursor, flags);
    const progress = new Progress();
    const sink = await sinkOf(flags, progress);
    const keeper = begin && new CursorKeeper(api.cursors, begin, progress, async () => await sink?.sync?.());
    using ending = listenForEnding();
    const signal = AbortSignal.any([
      ending.signal,
      ...[sink, keeper].flatMap(part => (part ? [part.failed] : [])),
    ]);
    const from =
      begin === undefined ? asked(flags) : {...asked(flags), since: undefined, after: begin.offset};
    const onPassed = (offset: number): void => progress.passed(offset);
    const events = until(decoded(api.tail({signal, onPassed, ...from}), flags.decode), signal);
    const work = sink
      ? runSink(events, sink, ending.interrupted)
      : this.#show(begin ? counted(events, progress) : events, flags);
    // Awaited here: `ending` listens only as long as this function runs. What was done is told, whatever failed then.
    const count = await work.catch(async (error: unknown) => {
      await keeper?.close().catch(() => undefined);
      throw error;
    });
    await keeper?.close();
    return count;
  }

  async #show(events: AsyncIterable<CloudEvent>, flags: TailFlags): Promise<number> {
    if (flags.rate !== undefined)
      return await this.printStream(eventRates(events, flags.rate, flags.every), RATE_COLUMNS, rateLine);
    if (flags.template !== undefined) this.format = 'table';
    return await this.printStream(events, EVENT_COLUMNS, flags.template ?? eventLine);
  }
}

type TailFlags = Interfaces.InferredFlags<typeof Tail.flags>;

function asked(flags: TailFlags): TailOptions & FilterOptions {
  const {since, after, device, type, where, exclude, sample, follow, rate} = flags;
  const begins = [since, after, rate, flags.cursor].some(flag => flag !== undefined);
  const last = flags.last ?? (begins ? undefined : LAST_DEFAULT);
  return {since, after, last, device, type, where, exclude, sample, follow, ...ofPlatform(flags)};
}

/** Where it goes on. `--since` and `--after` are for one that is new. */
async function openCursor(
  api: ApiClient,
  name: string,
  {since, after}: Pick<TailFlags, 'since' | 'after'>,
): Promise<{name: string; offset: number}> {
  const {offset, lag} = await api.cursors.open({
    name,
    ...(since === undefined ? {} : {since}),
    ...(after === undefined ? {} : {after}),
  });
  say(`cursor ${name} goes on after offset ${offset}, ${lag} behind`);
  return {name, offset};
}

/** An event is done with when the next one is asked for: then it was written. */
async function* counted(events: AsyncIterable<CloudEvent>, progress: Progress): AsyncGenerator<CloudEvent> {
  for await (const event of events) {
    progress.begin(event.offset);
    yield event;
    progress.end(event.offset);
  }
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
