import {bytesText} from '../cli/bytes.js';
import {time} from '../cli/cell.js';
import {paintFor} from '../cli/color.js';
import {IotctlCommand} from '../cli/command.js';
import type {Columns} from '../cli/output.js';
import type {PlatformStatus} from '../domain/status.js';

const PARTS: Columns<PlatformStatus> = {
  state: ({state}) => ({value: state, tone: state === 'ok' ? 'good' : 'bad'}),
  version: ({version, pid}) => `${version} (process ${pid})`,
  upSince: ({startedAt}) => time(startedAt),
  devices: ({registry}) => `${registry.devices}, ${registry.online} online`,
  gateway: ({gateway}) =>
    `${gateway.connections} connections, ${rate(gateway.eventsPerSec)} events/s in, ${gateway.eventsTotal} in all, ${gateway.refusedTotal} refused, ${gateway.droppedTotal} dropped`,
  gatewayUpSince: ({gateway}) => time(gateway.startedAt),
  gatewayRestarts: ({gateway}) => gateway.restarts,
  stream: ({stream}) => `offsets ${stream.first} to ${stream.head}, ${bytesText(stream.bytes)}`,
  cursors: ({stream}) =>
    stream.cursors.map(cursor => `${cursor.name} at ${cursor.offset} (${cursor.lag} behind)`).join(', '),
  store: ({store}) => ({
    value: `${store.state}, ${store.rowsTotal} rows, ${store.lag} events behind`,
    tone: store.state === 'ok' ? 'good' : 'bad',
  }),
  readingsInMemory: ({store}) => store.readingsInMemory,
  archive: ({store: {archive}}) =>
    `${archive.rows} rows in ${archive.partitions} files, ${bytesText(archive.bytes)}`,
  queries: ({store: {queries}}) =>
    `${queries.running} running, ${queries.waiting} waiting, ${queries.streams} streams`,
  storeUpSince: ({store}) => time(store.startedAt),
  storeRestarts: ({store}) => store.restarts,
  consumers: ({consumers: {total, failing, paused, furthestBehind}}) => ({
    value: [
      `${total}, ${failing} failing, ${paused} paused`,
      ...(furthestBehind === null
        ? []
        : [
            `${furthestBehind.tenant}/${furthestBehind.name} furthest behind, by ${furthestBehind.lag} events`,
          ]),
    ].join('; '),
    tone: failing === 0 ? 'good' : 'bad',
  }),
  consumersUpSince: ({consumers}) => time(consumers.startedAt),
  consumersRestarts: ({consumers}) => consumers.restarts,
  memory: ({rssBytes}) => bytesText(rssBytes),
  disk: ({disk}) => `${bytesText(disk.usedBytes)} used, ${bytesText(disk.freeBytes)} free`,
  dataFolder: ({dataFolder}) => dataFolder,
};

export default class Status extends IotctlCommand {
  static override summary = 'Show how the platform is: its parts, rates, lags and disk.';

  static override examples = ['<%= config.bin %> status', '<%= config.bin %> status --output json'];

  async run(): Promise<PlatformStatus> {
    await this.parse(Status);
    const api = await this.api();
    const status = await api.status();
    await this.printOne(status, PARTS);
    if (status.state === 'degraded') await sayDegraded(status.problems);
    return status;
  }
}

async function sayDegraded(problems: readonly string[]): Promise<void> {
  const paint = await paintFor(process.stderr);
  const lines = problems.length === 0 ? ['for a reason it does not name'] : problems;
  for (const line of lines) process.stderr.write(`${paint('bad', 'DEGRADED:')} ${line}\n`);
}

const rate = (perSec: number): string => (perSec >= 100 ? String(Math.round(perSec)) : perSec.toFixed(1));
