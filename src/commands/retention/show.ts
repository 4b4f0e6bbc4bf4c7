import * as Flags from '@oclif/core/flags';
import {IotctlCommand} from '../../cli/command.js';
import {ofPlatform} from '../../cli/platform-flags.js';
import {RETENTION_COLUMNS, type RetentionRow, retentionRows} from '../../cli/retention-columns.js';

export default class RetentionShow extends IotctlCommand {
  static override summary = 'Show how long data is kept, by class; nothing in a column is for ever.';

  static override examples = [
    '<%= config.bin %> retention show',
    '<%= config.bin %> retention show --platform',
  ];

  static override flags = {
    platform: Flags.boolean({
      description: 'of the events of what belongs to no tenant, instead of your own data',
    }),
  };

  async run(): Promise<readonly RetentionRow[]> {
    const {flags} = await this.parse(RetentionShow);
    const policy = await (await this.api()).retention.get(ofPlatform(flags));
    return this.print(retentionRows(policy), RETENTION_COLUMNS);
  }
}
