import * as Args from '@oclif/core/args';
import {IotctlCommand} from '../../cli/command.js';
import {DEVICE_DETAILS} from '../../cli/device-columns.js';
import type {Device} from '../../domain/device.js';

export default class DeviceShow extends IotctlCommand {
  static override summary = 'Show one device.';

  static override examples = ['<%= config.bin %> device show lamp-1'];

  static override args = {
    id: Args.string({required: true, description: 'the id of the device'}),
  };

  async run(): Promise<Device> {
    const {args} = await this.parse(DeviceShow);
    const api = await this.api();
    return this.printOne(await api.getDevice(args.id), DEVICE_DETAILS);
  }
}
