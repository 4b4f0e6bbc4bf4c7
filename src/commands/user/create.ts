import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import {IotctlCommand} from '../../cli/command.js';
import {grantSelectorFlag, roleFlag, wantedGrants} from '../../cli/grant-flags.js';
import {newPassword, passwordStdinFlag} from '../../cli/password-input.js';
import {USER_DETAILS} from '../../cli/user-columns.js';
import type {User} from '../../domain/user.js';

export default class UserCreate extends IotctlCommand {
  static override summary =
    'Create a person, who logs in with a password, or a service account, which has tokens only.';

  static override examples = [
    '<%= config.bin %> user create alice --role operator --password-stdin < password.txt',
    '<%= config.bin %> user create importer --service --role viewer --selector site=oslo',
  ];

  static override args = {
    name: Args.string({required: true, description: 'the name of the user'}),
  };

  static override flags = {
    service: Flags.boolean({description: 'make a service account'}),
    'display-name': Flags.string({description: 'how the name is written for people [default: none]'}),
    role: roleFlag,
    selector: grantSelectorFlag,
    'password-stdin': {...passwordStdinFlag, exclusive: ['service']},
  };

  async run(): Promise<User> {
    const {args, flags} = await this.parse(UserCreate);
    const roles = wantedGrants(flags.role ?? [], flags.selector);
    const password = flags.service ? undefined : await newPassword(flags['password-stdin'], args.name);
    const displayName = flags['display-name'];
    const api = await this.api();
    const user = await api.users.create({
      name: args.name,
      kind: flags.service ? 'service' : 'person',
      ...(displayName === undefined ? {} : {displayName}),
      ...(password === undefined ? {} : {password}),
      ...(roles.length === 0 ? {} : {roles}),
    });
    return this.printOne(user, USER_DETAILS);
  }
}
