import * as Args from '@oclif/core/args';
import {IotctlCommand} from '../../cli/command.js';
import {USER_DETAILS} from '../../cli/user-columns.js';
import type {User} from '../../domain/user.js';

export default class UserDisable extends IotctlCommand {
  static override summary =
    'Disable a user: their sessions and tokens stop working until the user is enabled again.';

  static override examples = ['<%= config.bin %> user disable alice'];

  static override args = {
    name: Args.string({required: true, description: 'the name of the user'}),
  };

  async run(): Promise<User> {
    const {args} = await this.parse(UserDisable);
    const api = await this.api();
    return this.printOne(await api.users.change(args.name, {state: 'disabled'}), USER_DETAILS);
  }
}
