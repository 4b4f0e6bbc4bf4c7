import {AUTHORITY_COLUMNS} from '../../cli/authority-columns.js';
import {IotctlCommand} from '../../cli/command.js';
import type {AuthorityView} from '../../client/authority-api.js';

export default class CaList extends IotctlCommand {
  static override summary = 'List the authorities whose certificates your devices may have.';

  static override examples = ['<%= config.bin %> ca list', '<%= config.bin %> ca list --output json'];

  async run(): Promise<readonly AuthorityView[]> {
    await this.parse(CaList);
    const api = await this.api();
    const {items} = await api.authorities.list();
    return this.print(items, AUTHORITY_COLUMNS);
  }
}
