import {stat} from 'node:fs/promises';
import {join} from 'node:path';
import * as Flags from '@oclif/core/flags';
import {IotctlCommand} from '../cli/command.js';
import {listenForEnding} from '../cli/ending.js';
import {parsePartitionBy, pathOf} from '../cli/export/layout.js';
import {ExportFolder} from '../cli/export/manifest.js';
import {writeWholeFile} from '../cli/export/write-part.js';
import type {Columns} from '../cli/output.js';
import {Progress} from '../cli/progress.js';
import {timeFlag} from '../cli/time-flags.js';
import type {ExportApi} from '../client/export-api.js';
import {IotctlError} from '../domain/errors.js';
import {EXPORT_FORMATS, type ExportDay} from '../domain/history-export.js';

interface ExportedTable {
  readonly table: string;
  readonly days: number;
  readonly rows: number;
  /** Files that were written, or would be. */
  readonly written: number;
  /** Files that were there already, with the same rows. */
  readonly kept: number;
}

const COLUMNS: Columns<ExportedTable> = {
  table: row => row.table,
  days: row => row.days,
  rows: row => row.rows,
  written: row => row.written,
  kept: row => row.kept,
};

export default class Export extends IotctlCommand {
  static override summary =
    'Write stored rows, archived or not, to a folder that DuckDB, pandas and Spark read.';

  static override description =
    'One file for each table and day of UTC, in hive layout, and a manifest with rows and digests. Run it again to go on where it was stopped, and later to fetch only days that changed; days that the platform has no longer stay in the folder.';

  static override examples = [
    '<%= config.bin %> export --format parquet --partition-by tenant,day --to history',
    '<%= config.bin %> export --table readings --format csv --since 7d --to week --dry-run',
  ];

  static override flags = {
    to: Flags.string({required: true, description: 'the folder; made where it is missing'}),
    format: Flags.option({
      options: EXPORT_FORMATS,
      default: 'parquet' as const,
      description: 'how files are written',
    })(),
    'partition-by': Flags.string({
      default: 'tenant,day',
      description: 'what folders are named after: tenant, day, both in any order, or none',
    }),
    table: Flags.string({
      multiple: true,
      multipleNonGreedy: true,
      delimiter: ',',
      description: 'events, readings or model_{name}; may be given several times [default: all]',
    }),
    since: timeFlag({description: 'from the day of this event time on [default: from the first]'}),
    until: timeFlag({
      description:
        'up to the day of this event time, which is in it unless it is midnight [default: to the last]',
    }),
    'dry-run': Flags.boolean({description: 'only say what would be written'}),
  };

  async run(): Promise<readonly ExportedTable[]> {
    const {flags} = await this.parse(Export);
    const partitionBy = parsePartitionBy(flags['partition-by']);
    const {exports} = await this.api();
    const {tenant, tables, days} = await exports.plan({
      since: flags.since && `${flags.since.slice(0, 10)}T00:00:00Z`,
      until: flags.until && dayEnd(flags.until),
      tables: flags.table,
    });
    const folder = await ExportFolder.open(flags.to, {
      tenant,
      format: flags.format,
      partitionBy: partitionBy.join(','),
    });
    const wanted: {day: ExportDay; path: string; kept: boolean}[] = [];
    for (const day of days) {
      const path = pathOf({...day, tenant}, partitionBy, flags.format);
      wanted.push({day, path, kept: await isKept(folder, path, day)});
    }
    const missing = wanted.filter(({kept}) => !kept);
    if (!flags['dry-run']) await writeAll(exports, folder, missing);
    const rows = tables.map(table => {
      const own = wanted.filter(({day}) => day.table === table);
      return {
        table,
        days: own.length,
        rows: own.reduce((sum, {day}) => sum + day.rows, 0),
        written: own.filter(({kept}) => !kept).length,
        kept: own.filter(({kept}) => kept).length,
      };
    });
    return this.print(rows, COLUMNS);
  }
}

/** Days are written as a whole: the next midnight, unless it is one. */
const dayEnd = (time: string): string =>
  new Date(Math.ceil(Date.parse(time) / DAY_MS) * DAY_MS).toISOString();

const DAY_MS = 86_400_000;

/** The same rows, in a file that nobody cut or took away meanwhile. */
async function isKept(folder: ExportFolder, path: string, day: ExportDay): Promise<boolean> {
  const file = folder.find(path);
  if (file?.rows !== day.rows || file.fingerprint !== day.fingerprint) return false;
  const {size} = await stat(join(folder.path, path)).catch(() => ({size: -1}));
  return size === file.bytes;
}

async function writeAll(
  api: ExportApi,
  folder: ExportFolder,
  missing: readonly {day: ExportDay; path: string}[],
): Promise<void> {
  using ending = listenForEnding();
  using progress = new Progress('files', missing.length);
  await folder.begin();
  for (const [done, {day, path}] of missing.entries()) {
    progress.update(done);
    const {table, day: date, fingerprint} = day;
    try {
      const part = {table, day: date, format: folder.terms.format};
      const {rows, bytes} = await api.part(part, ending.signal);
      // All of them went between the plan and now.
      if (rows === 0) continue;
      const written = await writeWholeFile(folder.path, path, bytes);
      await folder.add({path, table, day: date, rows, ...written, fingerprint});
    } catch (error) {
      if (!ending.signal.aborted) throw error;
      throw new IotctlError(
        'IOT_CONFLICT',
        `interrupted: ${done} of ${missing.length} files were written; the same command goes on from there`,
      );
    }
  }
  await folder.finish();
}
