import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import {BulkCommand} from '../../cli/bulk-command.js';
import {bulkFlags} from '../../cli/bulk-flags.js';
import {confirm} from '../../cli/confirm.js';
import {namedDevices} from '../../cli/named-devices.js';
import {PLAN_COLUMNS, type PlannedStep} from '../../cli/plan.js';
import {selectedIds, selectorFlag} from '../../cli/selection.js';

export default class DeviceDelete extends BulkCommand {
  static override destructive = true;

  static override summary = 'Delete retired devices, so that their ids are free again.';

  static override examples = [
    '<%= config.bin %> device delete lamp-1 --yes',
    '<%= config.bin %> device delete --selector site=oslo --force --dry-run',
  ];

  static override strict = false;

  static override args = {
    id: Args.string({description: 'the id of a device, or several; - reads ids from stdin'}),
  };

  static override flags = {
    selector: selectorFlag,
    force: Flags.boolean({description: 'delete devices that are not retired, too'}),
    yes: Flags.boolean({char: 'y', description: 'do not ask'}),
    'dry-run': Flags.boolean({description: 'print what would be done, and do nothing'}),
    ...bulkFlags,
  };

  async run(): Promise<readonly PlannedStep[]> {
    const {argv, flags} = await this.parse(DeviceDelete);
    const api = await this.api();
    const ids = await selectedIds(api, argv as string[], flags.selector);
    if (flags['dry-run']) {
      return this.print(
        ids.map(id => ({id, action: 'delete'})),
        PLAN_COLUMNS,
      );
    }
    if (!flags.yes && ids.length > 0) await confirm(`Delete ${namedDevices(ids)}? This cannot be undone.`);
    return await this.inBulk({
      action: flags.force ? 'delete --force' : 'delete',
      ids,
      flags,
      columns: PLAN_COLUMNS,
      each: async id => {
        await api.deleteDevice(id, {force: flags.force});
        return {id, action: 'deleted'};
      },
    });
  }
}
