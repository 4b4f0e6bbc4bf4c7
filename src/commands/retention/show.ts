import {IotctlCommand} from '../../cli/command.js';
import {RETENTION_COLUMNS, type RetentionRow, retentionRows} from '../../cli/retention-columns.js';

export default class RetentionShow extends IotctlCommand {
  static override summary = 'Show how long data is kept, by class; nothing in a column is for ever.';

  static override examples = ['<%= config.bin %> retention show'];

  async run(): Promise<readonly RetentionRow[]> {
    await this.parse(RetentionShow);
    const policy = await (await this.api()).retention.get();
    return this.print(retentionRows(policy), RETENTION_COLUMNS);
  }
}
