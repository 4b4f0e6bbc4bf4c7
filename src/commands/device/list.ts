import * as Flags from '@oclif/core/flags';
import {IotctlCommand} from '../../cli/command.js';
import {DEVICE_COLUMNS} from '../../cli/device-columns.js';
import {selectorFlag} from '../../cli/selection.js';
import type {Device} from '../../domain/device.js';

export default class DeviceList extends IotctlCommand {
  static override summary = 'List devices in the order of their ids.';

  static override examples = [
    '<%= config.bin %> device list',
    '<%= config.bin %> device list --selector site=oslo --output ndjson',
  ];

  static override flags = {
    selector: selectorFlag,
    limit: Flags.integer({min: 1, description: 'how many at most [default: all]'}),
  };

  async run(): Promise<readonly Device[]> {
    const {flags} = await this.parse(DeviceList);
    const api = await this.api();
    const devices: Device[] = [];
    for await (const device of api.allDevices(
      flags.selector === undefined ? {} : {selector: flags.selector},
    )) {
      devices.push(device);
      if (devices.length === flags.limit) break;
    }
    return this.print(devices, DEVICE_COLUMNS);
  }
}
