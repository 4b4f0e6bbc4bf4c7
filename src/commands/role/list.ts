import * as Flags from '@oclif/core/flags';
import {IotctlCommand} from '../../cli/command.js';
import {ROLE_COLUMNS, ROLE_PERMISSION_COLUMNS, type RolePermission} from '../../cli/user-columns.js';
import type {RoleView} from '../../client/api-shapes.js';

export default class RoleList extends IotctlCommand {
  static override summary = 'List the roles, and what each may do.';

  static override examples = ['<%= config.bin %> role list', '<%= config.bin %> role list --permissions'];

  static override flags = {
    permissions: Flags.boolean({description: 'print a row for each permission of each role'}),
  };

  async run(): Promise<readonly (RoleView | RolePermission)[]> {
    const {flags} = await this.parse(RoleList);
    const api = await this.api();
    const {items} = await api.access.roles();
    if (!flags.permissions) return this.print(items, ROLE_COLUMNS);
    return this.print(
      items.flatMap(({name, permissions}) => permissions.map(permission => ({role: name, permission}))),
      ROLE_PERMISSION_COLUMNS,
    );
  }
}
