import {VERDICT_COLUMNS} from '../../cli/audit-columns.js';
import {chosenLog, platformLogFlag} from '../../cli/audit-flags.js';
import {IotctlCommand} from '../../cli/command.js';
import type {AuditVerdict} from '../../domain/audit.js';
import {IotctlError} from '../../domain/errors.js';

export default class AuditVerify extends IotctlCommand {
  static override summary = 'Check that no record was changed, deleted or reordered since it was written.';

  static override description =
    'Ends with 9 and names the first record that is not as it was written. Records behind the last checkpoint could have been cut off unseen.';

  static override examples = [
    '<%= config.bin %> audit verify',
    '<%= config.bin %> audit verify --output json',
  ];

  static override flags = {platform: platformLogFlag};

  async run(): Promise<AuditVerdict> {
    const {flags} = await this.parse(AuditVerify);
    const api = await this.api();
    const verdict = await api.audit.verify(chosenLog(flags));
    await this.printOne(verdict, VERDICT_COLUMNS);
    if (!verdict.ok) {
      throw new IotctlError(
        'IOT_AUDIT_BROKEN',
        `record ${verdict.seq} is ${verdict.fault}: ${verdict.detail}`,
      );
    }
    return verdict;
  }
}
