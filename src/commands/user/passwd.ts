import * as Args from '@oclif/core/args';
import {IotctlCommand} from '../../cli/command.js';
import {changedPassword, newPassword, passwordStdinFlag} from '../../cli/password-input.js';
import {PLAN_COLUMNS, type PlannedStep} from '../../cli/plan.js';
import {IotctlError} from '../../domain/errors.js';

export default class UserPasswd extends IotctlCommand {
  static override summary = 'Change your own password, or set that of another user.';

  static override examples = [
    '<%= config.bin %> user passwd',
    '<%= config.bin %> user passwd alice --password-stdin < password.txt',
  ];

  static override args = {
    name: Args.string({description: 'the name of the user [default: yourself]'}),
  };

  static override flags = {
    'password-stdin': {
      ...passwordStdinFlag,
      description:
        'read the new password from stdin, for yourself the old one in a line before it, instead of asking at the terminal',
    },
  };

  async run(): Promise<PlannedStep> {
    const {args, flags} = await this.parse(UserPasswd);
    const fromStdin = flags['password-stdin'];
    const name = args.name ?? (await this.changeOwn(fromStdin));
    if (args.name !== undefined) {
      const password = await newPassword(fromStdin, name);
      const api = await this.api();
      await api.users.change(name, {password});
    }
    return this.printOne({id: name, action: 'password changed'}, PLAN_COLUMNS);
  }

  private async changeOwn(fromStdin: boolean): Promise<string> {
    const api = await this.api();
    const {user, subject} = await api.access.me();
    if (user === null) throw new IotctlError('IOT_USAGE', `${subject} has no password: name the user`);
    await api.access.changePassword(await changedPassword(fromStdin, user));
    return user;
  }
}
