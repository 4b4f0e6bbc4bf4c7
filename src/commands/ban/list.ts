import {BAN_COLUMNS} from '../../cli/ban-columns.js';
import {IotctlCommand} from '../../cli/command.js';
import type {Ban} from '../../domain/ban.js';

export default class BanList extends IotctlCommand {
  static override summary = 'List who is kept out, by hand or after too many failures, and until when.';

  static override examples = ['<%= config.bin %> ban list'];

  async run(): Promise<readonly Ban[]> {
    await this.parse(BanList);
    const api = await this.api();
    const {items} = await api.bans.list();
    return this.print(items, BAN_COLUMNS);
  }
}
