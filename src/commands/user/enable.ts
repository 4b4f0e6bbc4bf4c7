import * as Args from '@oclif/core/args';
import {IotctlCommand} from '../../cli/command.js';
import {USER_DETAILS} from '../../cli/user-columns.js';
import type {User} from '../../domain/user.js';

export default class UserEnable extends IotctlCommand {
  static override summary = 'Let a disabled user log in again.';

  static override examples = ['<%= config.bin %> user enable alice'];

  static override args = {
    name: Args.string({required: true, description: 'the name of the user'}),
  };

  async run(): Promise<User> {
    const {args} = await this.parse(UserEnable);
    const api = await this.api();
    return this.printOne(await api.users.change(args.name, {state: 'active'}), USER_DETAILS);
  }
}
