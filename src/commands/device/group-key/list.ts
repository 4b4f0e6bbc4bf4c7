import {IotctlCommand} from '../../../cli/command.js';
import {GROUP_KEY_COLUMNS} from '../../../cli/credential-columns.js';
import type {GroupKeyView} from '../../../client/group-key-api.js';

export default class DeviceGroupKeyList extends IotctlCommand {
  static override summary = 'List the keys of groups; the keys themselves are never shown again.';

  static override examples = ['<%= config.bin %> device group-key list'];

  async run(): Promise<readonly GroupKeyView[]> {
    await this.parse(DeviceGroupKeyList);
    const api = await this.api();
    const {items} = await api.groupKeys.list();
    return this.print(items, GROUP_KEY_COLUMNS);
  }
}
