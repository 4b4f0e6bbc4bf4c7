import * as Flags from '@oclif/core/flags';
import {IotctlCommand} from '../../cli/command.js';
import {DEVICE_COLUMNS} from '../../cli/device-columns.js';
import {listenForEnding} from '../../cli/ending.js';
import type {Columns} from '../../cli/output.js';
import {RowLines} from '../../cli/row-lines.js';
import {selectorFlag} from '../../cli/selection.js';
import {SIGHTING_COLUMNS} from '../../cli/sighting-columns.js';
import {sortFlag, whereFlag, whereOf} from '../../cli/where-flag.js';
import type {DeviceChoice} from '../../client/api-shapes.js';
import {DeviceFeed, type DeviceSighting} from '../../client/device-feed.js';
import type {Device} from '../../domain/device.js';
import {FIELD_NAMES} from '../../domain/device-fields.js';

const COUNT_COLUMNS: Columns<{devices: number}> = {devices: count => count.devices};

export default class DeviceList extends IotctlCommand {
  static override summary =
    'List devices: chosen by labels and by what is known of them, sorted, counted, watched.';

  static override description =
    `A term of --where is FIELD OP VALUE. The fields are ${FIELD_NAMES.join(', ')}.
Texts have = != and, with * and ? in the value, ~ and !~; several values with | between them are alternatives. Numbers have = != < <= > >=. Times have < <= > >= with an age (lastSeen>10m: longer ago than that) or with a time (created>2026-11-01, created>yesterday: later than that). Of what devices report (reported.fan.speed) numbers, true and false are compared as such, and what is in quotes as text. A field alone (label.site) is there at all, with an exclamation mark (!lastSeen) it is not; != holds for what is not there. A value with a comma, a bar or blanks at its ends stands in quotes.`;

  static override examples = [
    '<%= config.bin %> device list',
    '<%= config.bin %> device list --selector site=oslo --output ndjson',
    `<%= config.bin %> device list --where 'connectivity=offline|stale,lastSeen>1h' --sort lastSeen`,
    `<%= config.bin %> device list --where 'metadata.serial~A47*' --count`,
    '<%= config.bin %> device list --where health!=ok --watch',
  ];

  static override flags = {
    selector: selectorFlag,
    where: whereFlag(),
    sort: sortFlag(),
    limit: Flags.integer({min: 1, description: 'how many at most [default: all]'}),
    count: Flags.boolean({
      description: 'print only how many there are',
      exclusive: ['limit', 'sort', 'watch'],
    }),
    watch: Flags.boolean({
      char: 'w',
      description: 'go on with a row for each of them that changes, comes or leaves, until it is stopped',
    }),
  };

  async run(): Promise<unknown> {
    const {flags} = await this.parse(DeviceList);
    const {selector, sort, limit} = flags;
    const choice = {selector, where: whereOf(flags.where), sort};
    if (flags.count) return this.count(choice);
    if (flags.watch) return this.watch(choice, limit);
    const devices = upTo(limit, (await this.api()).allDevices(choice));
    // A stream of rows needs no room for all of them.
    if (this.format === 'ndjson' || this.format === 'csv' || this.quiet)
      return this.printStream(devices, DEVICE_COLUMNS, () => '');
    const all: Device[] = [];
    for await (const device of devices) all.push(device);
    return this.print(all, DEVICE_COLUMNS);
  }

  private async count(choice: DeviceChoice): Promise<{devices: number}> {
    const {total = 0} = await (await this.api()).listDevices({...choice, limit: 1, total: true});
    return this.printOne({devices: total}, COUNT_COLUMNS);
  }

  /** A table begins with the list as a whole, which says how wide its columns are. */
  private async watch(choice: DeviceChoice, limit: number | undefined): Promise<number> {
    using ending = listenForEnding();
    const feed = new DeviceFeed(await this.api(), choice);
    if (this.format !== 'table' || this.quiet)
      return await this.printStream(feed.all(limit, ending.signal), SIGHTING_COLUMNS, () => '');
    const listed: DeviceSighting[] = [];
    for await (const sighting of feed.listed(limit)) listed.push(sighting);
    await this.print(listed, SIGHTING_COLUMNS);
    const lines = new RowLines(SIGHTING_COLUMNS, listed, await this.look());
    const changes = feed.changes(ending.signal);
    return await this.printStream(changes, SIGHTING_COLUMNS, sighting => lines.line(sighting));
  }
}

async function* upTo<T>(limit = Number.POSITIVE_INFINITY, items: AsyncIterable<T>): AsyncGenerator<T> {
  let count = 0;
  for await (const item of items) {
    yield item;
    if (++count >= limit) return;
  }
}
