import {IotctlCommand} from '../../cli/command.js';
import {ARCHIVE_CHECK_COLUMNS} from '../../cli/retention-columns.js';
import {IotctlError} from '../../domain/errors.js';
import type {ArchiveCheck, ArchiveFault} from '../../domain/retention.js';

/** So many are named in the error; the answer has them all. */
const NAMED_MAX = 5;

export default class RetentionVerify extends IotctlCommand {
  static override summary = 'Read every file of the archive, and tell whether it is as it was written.';

  static override description =
    'Ends with 7 and names the files that are gone or hold something else. Parquet itself does not notice most damage. Of files that an older version wrote, which are counted as unknown, only the length is compared.';

  static override examples = [
    '<%= config.bin %> retention verify',
    '<%= config.bin %> retention verify --output json',
  ];

  async run(): Promise<ArchiveCheck> {
    await this.parse(RetentionVerify);
    const api = await this.api();
    const check = await api.retention.verifyArchive();
    await this.printOne(check, ARCHIVE_CHECK_COLUMNS);
    if (check.faults.length > 0) throw new IotctlError('IOT_DATA_CORRUPT', sentenceOf(check.faults));
    return check;
  }
}

function sentenceOf(faults: readonly ArchiveFault[]): string {
  const named = faults.slice(0, NAMED_MAX).map(({file, fault}) => `${file} (${fault})`);
  const others = faults.length - named.length;
  return `the archive is not as it was written: ${named.join(', ')}${others > 0 ? ` and ${others} more` : ''}`;
}
