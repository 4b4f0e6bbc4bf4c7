import * as Flags from '@oclif/core/flags';
import {verifyExport} from '../../audit/export.js';
import {VERDICT_COLUMNS} from '../../cli/audit-columns.js';
import {IotctlCommand} from '../../cli/command.js';
import {openInput, textLines} from '../../cli/lines-in.js';
import {ofPlatform, platformLogFlag} from '../../cli/platform-flags.js';
import type {AuditVerdict} from '../../domain/audit.js';
import {IotctlError} from '../../domain/errors.js';

export default class AuditVerify extends IotctlCommand {
  static override summary = 'Check that no record was changed, deleted or reordered since it was written.';

  static override description =
    'Ends with 9 and names the first record that is not as it was written. Records behind the last checkpoint could have been cut off unseen. With --file no platform is asked; whoever writes a whole log anew can sign it with a key of their own, so pass the --key-id that an honest `audit verify` printed before.';

  static override examples = [
    '<%= config.bin %> audit verify',
    '<%= config.bin %> audit verify --output json',
    '<%= config.bin %> audit verify --file audit.ndjson --key-id 4f1c0a9d2b7e6835',
  ];

  static override flags = {
    file: Flags.string({
      description:
        'a log that `audit export` wrote, or - for stdin [default: the log of the platform itself]',
      helpValue: 'FILE',
      exclusive: ['platform'],
    }),
    'key-id': Flags.string({
      description: 'the key that has to have signed the file; may be given several times [default: any]',
      multiple: true,
      dependsOn: ['file'],
    }),
    platform: platformLogFlag,
  };

  async run(): Promise<AuditVerdict> {
    const {flags} = await this.parse(AuditVerify);
    const {file, platform} = flags;
    const verdict =
      file === undefined
        ? await (await this.api()).audit.verify(ofPlatform({platform}))
        : await verifyExport(textLines(openInput(file)), {keyIds: flags['key-id']});
    await this.printOne(verdict, VERDICT_COLUMNS);
    if (!verdict.ok) {
      const {seq, fault, detail} = verdict;
      const what = detail.startsWith(`record ${seq} `) ? detail : `record ${seq} is ${fault}: ${detail}`;
      throw new IotctlError('IOT_AUDIT_BROKEN', what);
    }
    return verdict;
  }
}
