import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import {IotctlCommand} from '../../cli/command.js';
import {DEVICE_COLUMNS} from '../../cli/device-columns.js';
import {PLAN_COLUMNS, type PlannedStep} from '../../cli/plan.js';
import {selectedIds, selectorFlag} from '../../cli/selection.js';
import type {Device} from '../../domain/device.js';

export default class DeviceRetire extends IotctlCommand {
  static override destructive = true;

  static override summary =
    'Retire devices: their connections end and their secrets stop working; their history stays.';

  static override examples = [
    '<%= config.bin %> device retire lamp-1',
    '<%= config.bin %> device retire --selector site=oslo --dry-run',
  ];

  static override strict = false;

  static override args = {
    id: Args.string({description: 'the id of a device, or several; - reads ids from stdin'}),
  };

  static override flags = {
    selector: selectorFlag,
    'dry-run': Flags.boolean({description: 'print what would be done, and do nothing'}),
  };

  async run(): Promise<readonly (Device | PlannedStep)[]> {
    const {argv, flags} = await this.parse(DeviceRetire);
    const api = await this.api();
    const ids = await selectedIds(api, argv as string[], flags.selector);
    if (flags['dry-run']) {
      return this.print(
        ids.map(id => ({id, action: 'retire'})),
        PLAN_COLUMNS,
      );
    }
    const retired: Device[] = [];
    try {
      for (const id of ids) retired.push(await api.retireDevice(id));
    } finally {
      // What was done stays done, and is said even when a later one failed.
      if (retired.length > 0) await this.print(retired, DEVICE_COLUMNS);
    }
    return retired;
  }
}
