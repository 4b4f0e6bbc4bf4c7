import * as Args from '@oclif/core/args';
import {IotctlCommand} from '../../cli/command.js';
import {grantSelectorFlag, wantedGrants} from '../../cli/grant-flags.js';
import {SUBJECT_FLAGS, subjectOf} from '../../cli/subject-flags.js';
import {BINDING_COLUMNS} from '../../cli/user-columns.js';
import {IotctlError} from '../../domain/errors.js';
import {ROLES} from '../../domain/permission.js';
import type {Binding} from '../../domain/user.js';

export default class RoleGrant extends IotctlCommand {
  static override summary = 'Give a user or a token a role, everywhere or for the devices of a selector.';

  static override examples = [
    '<%= config.bin %> role grant operator --user alice',
    '<%= config.bin %> role grant viewer --user bob --selector customer=fjord',
  ];

  static override args = {
    role: Args.string({required: true, options: [...ROLES], description: 'the role'}),
  };

  static override flags = {...SUBJECT_FLAGS, selector: grantSelectorFlag};

  async run(): Promise<Binding> {
    const {args, flags} = await this.parse(RoleGrant);
    const subject = subjectOf(flags);
    if (subject === undefined)
      throw new IotctlError('IOT_USAGE', 'give the role to someone: --user or --token');
    const [grant] = wantedGrants([args.role], flags.selector);
    const api = await this.api();
    return this.printOne(await api.access.grant({subject, ...grant!}), BINDING_COLUMNS);
  }
}
