import * as Flags from '@oclif/core/flags';
import {IotctlCommand} from '../../cli/command.js';
import {listenForEnding} from '../../cli/ending.js';
import {writeWhole} from '../../cli/file-out.js';
import type {Columns} from '../../cli/output.js';
import {ofPlatform, platformLogFlag} from '../../cli/platform-flags.js';
import {stdoutClosed, writeOut} from '../../cli/stdout.js';
import {IotctlError} from '../../domain/errors.js';

interface Exported {
  readonly file: string;
  readonly bytes: number;
}

const COLUMNS: Columns<Exported> = {file: row => row.file, bytes: row => row.bytes};

export default class AuditExport extends IotctlCommand {
  static override summary =
    'Print the whole log with its checkpoints as NDJSON, to be kept and checked elsewhere.';

  static override examples = [
    '<%= config.bin %> audit export --file audit.ndjson',
    '<%= config.bin %> audit export | tail -1',
  ];

  static override flags = {
    file: Flags.string({
      description: 'write it to this new file (mode 0600) instead of printing it [default: print it]',
    }),
    platform: platformLogFlag,
  };

  async run(): Promise<Exported | undefined> {
    const {flags} = await this.parse(AuditExport);
    const {file} = flags;
    using ending = listenForEnding();
    const api = await this.api();
    const log = api.audit.export(ofPlatform(flags), ending.signal);
    if (file !== undefined) {
      const bytes = await writeWhole(file, notInterrupted(log, ending.signal));
      return await this.printOne({file, bytes}, COLUMNS);
    }
    for await (const piece of log) {
      await writeOut(piece);
      if (stdoutClosed.aborted) break;
    }
    return undefined;
  }
}

/** A log that was cut short must not look like a whole one. */
async function* notInterrupted(log: AsyncIterable<string>, signal: AbortSignal): AsyncGenerator<string> {
  yield* log;
  if (signal.aborted) throw new IotctlError('IOT_CONFLICT', 'interrupted: the file was not written');
}
