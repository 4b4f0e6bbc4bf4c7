import * as Flags from '@oclif/core/flags';
import {IotctlCommand} from '../cli/command.js';
import {listenForEnding} from '../cli/ending.js';
import type {Columns} from '../cli/output.js';
import {ofPlatform, platformEventsFlag} from '../cli/platform-flags.js';
import {onTerminal} from '../cli/stdout.js';
import {clip, visible} from '../cli/text-width.js';
import {timeFlag} from '../cli/time-flags.js';
import {until} from '../client/until.js';
import type {CloudEvent} from '../domain/cloud-event.js';

const COLUMNS: Columns<CloudEvent> = {
  offset: event => event.offset,
  time: event => event.time,
  device: event => deviceOf(event),
  type: event => event.type,
  component: event => event.component,
  data: event => dataOf(event),
};

/** What is shown of the past when nothing says how much. */
const LAST_DEFAULT = 10;

export default class Tail extends IotctlCommand {
  static override summary = 'Print stored events, then new ones as they come, without a gap in between.';

  static override examples = [
    '<%= config.bin %> tail',
    '<%= config.bin %> tail --since 15m --device lamp-1 --no-follow',
    '<%= config.bin %> tail --type telemetry --output ndjson',
  ];

  static override flags = {
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
    platform: platformEventsFlag,
  };

  async run(): Promise<number> {
    const {flags} = await this.parse(Tail);
    const {since, after, device, type, follow} = flags;
    const last = flags.last ?? (since === undefined && after === undefined ? LAST_DEFAULT : undefined);
    using ending = listenForEnding();
    const api = await this.api();
    const events = api.tail({
      follow,
      signal: ending.signal,
      ...ofPlatform(flags),
      ...(since === undefined ? {} : {since}),
      ...(after === undefined ? {} : {after}),
      ...(last === undefined ? {} : {last}),
      ...(device === undefined ? {} : {device}),
      ...(type === undefined ? {} : {type}),
    });
    // Awaited here: `ending` listens only as long as this function runs.
    return await this.printStream(until(events, ending.signal), COLUMNS, eventLine);
  }
}

function eventLine(event: CloudEvent): string {
  const device = deviceOf(event) || '-';
  const type = event.component === undefined ? event.type : `${event.type}/${event.component}`;
  const line = visible(`${event.time}  ${device}  ${type}  ${dataOf(event)}`);
  return onTerminal() ? clip(line, process.stdout.columns ?? 80) : line;
}

/** The device of a source, `/t/{tenant}/d/{device}`; empty for an event of the platform itself. */
const deviceOf = (event: CloudEvent): string => event.source.split('/')[4] ?? '';

const dataOf = (event: CloudEvent): string => event.data_base64 ?? JSON.stringify(event.data ?? null);
