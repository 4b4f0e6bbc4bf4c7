import * as Flags from '@oclif/core/flags';
import {IotctlCommand} from '../../cli/command.js';
import {csvOf, exportedRow, inBlocks, ndjsonOf} from '../../cli/device-export.js';
import {listenForEnding} from '../../cli/ending.js';
import {writeWhole} from '../../cli/file-out.js';
import type {Columns} from '../../cli/output.js';
import {selectorFlag} from '../../cli/selection.js';
import {stdoutClosed, writeOut} from '../../cli/stdout.js';
import {whereFlag, whereOf} from '../../cli/where-flag.js';
import type {Device} from '../../domain/device.js';
import type {ImportRow} from '../../domain/device-import.js';
import {IotctlError} from '../../domain/errors.js';

interface Exported {
  readonly file: string;
  readonly devices: number;
  readonly bytes: number;
}

const COLUMNS: Columns<Exported> = {
  file: row => row.file,
  devices: row => row.devices,
  bytes: row => row.bytes,
};

export default class DeviceExport extends IotctlCommand {
  static override summary = 'Write devices as CSV or NDJSON, which device import takes; never their secrets.';

  static override description =
    'Retired and purged devices are left out, as an import would bring them to life again. Any number of devices needs the memory of one page.';

  static override examples = [
    '<%= config.bin %> device export --file fleet.csv',
    '<%= config.bin %> device export --format ndjson --selector site=oslo | head -3',
  ];

  static override flags = {
    selector: selectorFlag,
    where: whereFlag(),
    format: Flags.option({
      options: ['csv', 'ndjson'] as const,
      description: 'how it is written [default: by the name of --file, or csv]',
    })(),
    file: Flags.string({
      description: 'write them to this new file (mode 0600) instead of printing them [default: print them]',
    }),
  };

  async run(): Promise<Exported | undefined> {
    const {flags} = await this.parse(DeviceExport);
    const {file, selector} = flags;
    using ending = listenForEnding();
    const api = await this.api();
    const where = ['lifecycle!=retired|purged', ...(flags.where ?? [])];
    let devices = 0;
    const rows = exported(api.allDevices({selector, where: whereOf(where)}), ending.signal, () => devices++);
    const format = flags.format ?? (/\.(?:ndjson|jsonl)$/i.test(file ?? '') ? 'ndjson' : 'csv');
    const text = format === 'csv' ? csvOf(rows) : ndjsonOf(rows);
    if (file !== undefined) {
      const bytes = await writeWhole(file, inBlocks(text));
      return await this.printOne({file, devices, bytes}, COLUMNS);
    }
    for await (const piece of inBlocks(text)) {
      await writeOut(piece);
      if (stdoutClosed.aborted) break;
    }
    return undefined;
  }
}

/** What was cut short must not look like all of it. */
async function* exported(
  devices: AsyncIterable<Device>,
  signal: AbortSignal,
  onDevice: () => void,
): AsyncGenerator<ImportRow> {
  for await (const device of devices) {
    if (stdoutClosed.aborted) return;
    if (signal.aborted) throw new IotctlError('IOT_CONFLICT', 'interrupted: not all of them were written');
    onDevice();
    yield exportedRow(device);
  }
}
