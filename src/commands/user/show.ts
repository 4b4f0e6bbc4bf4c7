import * as Args from '@oclif/core/args';
import {IotctlCommand} from '../../cli/command.js';
import {USER_DETAILS} from '../../cli/user-columns.js';
import type {User} from '../../domain/user.js';

export default class UserShow extends IotctlCommand {
  static override summary = 'Show one user; `role bindings` shows the roles.';

  static override examples = ['<%= config.bin %> user show alice'];

  static override args = {
    name: Args.string({required: true, description: 'the name of the user'}),
  };

  async run(): Promise<User> {
    const {args} = await this.parse(UserShow);
    const api = await this.api();
    return this.printOne(await api.users.get(args.name), USER_DETAILS);
  }
}
