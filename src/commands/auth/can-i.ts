import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import {IotctlCommand} from '../../cli/command.js';
import {parsePermission} from '../../cli/permission-input.js';
import {ANSWER_COLUMNS, type AskedAnswer} from '../../cli/user-columns.js';
import {IotctlError} from '../../domain/errors.js';

/** One of the permissions that a token has. */
interface HeldPermission {
  readonly permission: string;
}

export default class AuthCanI extends IotctlCommand {
  static override summary = 'Ask whether you may do something, and why: ends with 0 for yes and 6 for no.';

  static override examples = [
    '<%= config.bin %> auth can-i retire device/lamp-1',
    '<%= config.bin %> auth can-i read event',
    '<%= config.bin %> auth can-i --list',
  ];

  static override args = {
    verb: Args.string({description: 'what you would do, such as read, create or retire'}),
    resource: Args.string({description: 'to what, such as event, device or device/lamp-1'}),
  };

  static override flags = {
    list: Flags.boolean({description: 'print everything that you may do'}),
  };

  async run(): Promise<AskedAnswer | readonly HeldPermission[]> {
    const {args, flags} = await this.parse(AuthCanI);
    if (flags.list) return await this.listAll(args.verb);
    if (args.verb === undefined || args.resource === undefined) {
      throw new IotctlError('IOT_USAGE', 'name a verb and a resource, or pass --list');
    }
    const {permission, device} = parsePermission(args.verb, args.resource);
    const api = await this.api();
    const answer = await api.access.canI({permission, device});
    const shown = await this.printOne({permission, device: device ?? null, ...answer}, ANSWER_COLUMNS);
    if (!answer.allowed) this.exit(6);
    return shown;
  }

  private async listAll(verb: string | undefined): Promise<readonly HeldPermission[]> {
    if (verb !== undefined)
      throw new IotctlError('IOT_USAGE', 'give either a verb and a resource, or --list');
    const api = await this.api();
    const {permissions} = await api.access.me();
    return this.print(
      permissions.map(permission => ({permission})),
      {permission: row => row.permission},
    );
  }
}
