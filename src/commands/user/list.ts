import {IotctlCommand} from '../../cli/command.js';
import {USER_COLUMNS} from '../../cli/user-columns.js';
import type {User} from '../../domain/user.js';

export default class UserList extends IotctlCommand {
  static override summary = 'List the people and the service accounts.';

  static override examples = ['<%= config.bin %> user list', '<%= config.bin %> user list --output csv'];

  async run(): Promise<readonly User[]> {
    await this.parse(UserList);
    const api = await this.api();
    const {items} = await api.users.list();
    return this.print(items, USER_COLUMNS);
  }
}
