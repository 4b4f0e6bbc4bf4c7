import {time} from '../../cli/cell.js';
import {IotctlCommand} from '../../cli/command.js';
import {grantsText} from '../../cli/grant-flags.js';
import type {Columns} from '../../cli/output.js';
import type {Me} from '../../client/api-shapes.js';

const COLUMNS: Columns<Me> = {
  subject: me => me.subject,
  tenant: me => me.tenant,
  token: me => me.token,
  tokenExpiresAt: me => time(me.tokenExpiresAt),
  roles: me => grantsText(me.roles),
  scopes: me => me.scopes?.join(',') ?? 'all of its roles',
};

export default class AuthWhoami extends IotctlCommand {
  static override summary = 'Show whom the platform takes you for, and with which roles.';

  static override examples = ['<%= config.bin %> auth whoami'];

  async run(): Promise<Me> {
    await this.parse(AuthWhoami);
    const api = await this.api();
    return this.printOne(await api.access.me(), COLUMNS);
  }
}
