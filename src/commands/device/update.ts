import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import {BulkCommand} from '../../cli/bulk-command.js';
import {bulkFlags} from '../../cli/bulk-flags.js';
import {DEVICE_COLUMNS} from '../../cli/device-columns.js';
import {componentFlag, labelFlag, metadataFlag, viaFlag} from '../../cli/device-flags.js';
import {parseComponentChanges, parseEntryChanges} from '../../cli/entry-changes.js';
import {PLAN_COLUMNS, type PlannedStep} from '../../cli/plan.js';
import {selectedIds, selectorFlag} from '../../cli/selection.js';
import type {DeviceChanges} from '../../client/life-api.js';
import type {Device} from '../../domain/device.js';
import {IotctlError} from '../../domain/errors.js';

export default class DeviceUpdate extends BulkCommand {
  static override summary = 'Change what is written about devices: labels, metadata, components, model.';

  static override description =
    'An entry that ends with a dash is taken away: --label site-. With --if-version a device that somebody else changed meanwhile stays as it is, and the error says what changed.';

  static override examples = [
    '<%= config.bin %> device update lamp-1 --label site=oslo --label room-',
    `<%= config.bin %> device update lamp-1 --metadata serial=A4711 --metadata notes='behind the door' --if-version 3`,
    '<%= config.bin %> device update sensor-1 --via gateway-1',
  ];

  static override strict = false;

  static override args = {
    id: Args.string({description: 'the id of a device, or several; - reads ids from stdin'}),
  };

  static override flags = {
    selector: selectorFlag,
    label: labelFlag,
    metadata: metadataFlag,
    component: componentFlag,
    via: viaFlag,
    model: Flags.string({description: 'the model of the devices; empty takes it away [default: as it is]'}),
    'if-version': Flags.integer({
      min: 1,
      description: 'only if the device is at that version still; for one device [default: whatever it is]',
    }),
    'dry-run': Flags.boolean({description: 'print what would be done, and do nothing'}),
    ...bulkFlags,
  };

  async run(): Promise<readonly (Device | PlannedStep)[]> {
    const {argv, flags} = await this.parse(DeviceUpdate);
    const changes = changesOf(flags);
    if (Object.keys(changes).length === 0)
      throw new IotctlError(
        'IOT_USAGE',
        'nothing to change: give --label, --metadata, --component, --via or --model',
      );
    const api = await this.api();
    const ids = await selectedIds(api, argv as string[], flags.selector);
    const ifVersion = flags['if-version'];
    if (ifVersion !== undefined && ids.length !== 1)
      throw new IotctlError('IOT_USAGE', '--if-version is for one device');
    if (flags['dry-run']) {
      return this.print(
        ids.map(id => ({id, action: `update ${Object.keys(changes).join(', ')}`})),
        PLAN_COLUMNS,
      );
    }
    return await this.inBulk({
      action: `update ${JSON.stringify(changes)}`,
      ids,
      flags,
      columns: DEVICE_COLUMNS,
      each: id => api.lives.update(id, changes, {ifVersion}),
    });
  }
}

function changesOf(flags: {
  label?: string[] | undefined;
  metadata?: string[] | undefined;
  component?: string[] | undefined;
  via?: string[] | undefined;
  model?: string | undefined;
}): DeviceChanges {
  const {label, metadata, component, via, model} = flags;
  return {
    ...(label ? {labels: parseEntryChanges('label', label)} : {}),
    ...(metadata ? {metadata: parseEntryChanges('metadata', metadata)} : {}),
    ...(component ? {components: parseComponentChanges(component)} : {}),
    ...(via ? {via: via.filter(id => id !== '')} : {}),
    ...(model === undefined ? {} : {model: model === '' ? null : model}),
  };
}
