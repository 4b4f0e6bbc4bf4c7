import {IotctlCommand} from '../../cli/command.js';
import {SUBJECT_FLAGS, subjectOf} from '../../cli/subject-flags.js';
import {BINDING_COLUMNS} from '../../cli/user-columns.js';
import type {Binding} from '../../domain/user.js';

export default class RoleBindings extends IotctlCommand {
  static override summary = 'Show who has which role, and for which devices.';

  static override examples = [
    '<%= config.bin %> role bindings',
    '<%= config.bin %> role bindings --user alice',
  ];

  static override flags = SUBJECT_FLAGS;

  async run(): Promise<readonly Binding[]> {
    const {flags} = await this.parse(RoleBindings);
    const subject = subjectOf(flags);
    const api = await this.api();
    const {items} = await api.access.bindings({subject});
    return this.print(items, BINDING_COLUMNS);
  }
}
