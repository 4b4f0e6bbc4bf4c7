import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import {IotctlCommand} from '../../cli/command.js';
import {confirm} from '../../cli/confirm.js';
import {RETENTION_COLUMNS, type RetentionRow, retentionRows} from '../../cli/retention-columns.js';
import {daysFlag, sizeFlag} from '../../cli/retention-flags.js';
import {IotctlError} from '../../domain/errors.js';
import {RETENTION_CLASSES, type RetentionChange, type RetentionClass} from '../../domain/retention.js';

export default class RetentionSet extends IotctlCommand {
  static override destructive = true;

  static override summary = 'Choose when data of a class moves to the archive, and when it is deleted.';

  static override description =
    'Classes are raw (the table events), typed (readings and the tables of models) and audit (the log of who did what). A day goes as a whole, by event time in UTC, within ten minutes of when it is due.';

  static override examples = [
    '<%= config.bin %> retention set typed --archive-after 7d --delete-after 730d --yes',
    '<%= config.bin %> retention set raw --archive-after 1d --max-size 50GiB --yes',
    '<%= config.bin %> retention set audit --delete-after never',
  ];

  static override args = {
    class: Args.string({required: true, options: [...RETENTION_CLASSES], description: 'which data'}),
  };

  static override flags = {
    'archive-after': daysFlag({
      description: 'whole days after which a day moves to the archive, or never [default: as it is]',
    }),
    'delete-after': daysFlag({
      description: 'whole days after which a day is deleted, or never [default: as it is]',
    }),
    'max-size': sizeFlag({
      description:
        'how much the class may take, in the database and in its archive, or the audit log: the oldest days are deleted; or never [default: as it is]',
    }),
    yes: Flags.boolean({char: 'y', description: 'do not ask'}),
  };

  async run(): Promise<readonly RetentionRow[]> {
    const {args, flags} = await this.parse(RetentionSet);
    const name = args.class as RetentionClass;
    const change = changeOf(name, flags);
    const deletes = [flags['delete-after'], flags['max-size']].some(limit => typeof limit === 'number');
    if (deletes && !flags.yes)
      await confirm(`Let old ${name} data be deleted by itself from now on? This cannot be undone.`);
    const api = await this.api();
    return this.print(retentionRows(await api.retention.set(change)), RETENTION_COLUMNS);
  }
}

interface Limits {
  readonly 'archive-after'?: number | null | undefined;
  readonly 'delete-after'?: number | null | undefined;
  readonly 'max-size'?: number | null | undefined;
}

function changeOf(name: RetentionClass, flags: Limits): RetentionChange {
  const {'archive-after': archiveAfterDays, 'delete-after': deleteAfterDays, 'max-size': bytesMax} = flags;
  if (archiveAfterDays === undefined && deleteAfterDays === undefined && bytesMax === undefined)
    throw new IotctlError('IOT_USAGE', 'nothing to set: give --archive-after, --delete-after or --max-size');
  if (name !== 'audit') return {[name]: {archiveAfterDays, deleteAfterDays, bytesMax}};
  if (archiveAfterDays !== undefined)
    throw new IotctlError('IOT_USAGE', 'the audit log has no archive: keep a copy with audit export');
  return {audit: {deleteAfterDays, bytesMax}};
}
