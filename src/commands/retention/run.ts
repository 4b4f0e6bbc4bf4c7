import * as Flags from '@oclif/core/flags';
import {IotctlCommand} from '../../cli/command.js';
import {RETENTION_REPORT_COLUMNS} from '../../cli/retention-columns.js';
import type {RetentionReport} from '../../domain/retention.js';

export default class RetentionRun extends IotctlCommand {
  static override summary = 'Archive, delete and merge now what the policy says, and tell how much that was.';

  static override description =
    'The platform does the same by itself every ten minutes. What it does in steps stays done when this command is stopped.';

  static override examples = [
    '<%= config.bin %> retention run --dry-run',
    '<%= config.bin %> retention run --compact',
  ];

  static override flags = {
    'dry-run': Flags.boolean({description: 'only say what would be done'}),
    compact: Flags.boolean({
      description: 'merge small files of a day wherever there are two, not only where there are four',
    }),
  };

  async run(): Promise<RetentionReport> {
    const {flags} = await this.parse(RetentionRun);
    const api = await this.api();
    const {compact, 'dry-run': dryRun} = flags;
    const report = await (dryRun ? api.retention.plan({compact}) : api.retention.run({compact}));
    return this.printOne(report, RETENTION_REPORT_COLUMNS);
  }
}
