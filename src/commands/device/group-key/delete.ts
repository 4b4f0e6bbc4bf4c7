import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import {IotctlCommand} from '../../../cli/command.js';
import {confirm} from '../../../cli/confirm.js';
import {PLAN_COLUMNS, type PlannedStep} from '../../../cli/plan.js';

export default class DeviceGroupKeyDelete extends IotctlCommand {
  static override destructive = true;

  static override summary = 'Delete the key of a group: the keys that were derived from it stop working.';

  static override examples = ['<%= config.bin %> device group-key delete factory-7 --yes'];

  static override args = {
    name: Args.string({required: true, description: 'the name of the group'}),
  };

  static override flags = {
    yes: Flags.boolean({char: 'y', description: 'do not ask'}),
    'dry-run': Flags.boolean({description: 'print what would be done, and do nothing'}),
  };

  async run(): Promise<PlannedStep> {
    const {args, flags} = await this.parse(DeviceGroupKeyDelete);
    if (flags['dry-run']) return this.printOne({id: args.name, action: 'delete'}, PLAN_COLUMNS);
    if (!flags.yes)
      await confirm(`Delete group key ${args.name}? Its devices are cut off, and this cannot be undone.`);
    const api = await this.api();
    await api.groupKeys.remove(args.name);
    return this.printOne({id: args.name, action: 'deleted'}, PLAN_COLUMNS);
  }
}
