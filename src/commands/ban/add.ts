import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import {BAN_COLUMNS} from '../../cli/ban-columns.js';
import {IotctlCommand} from '../../cli/command.js';
import {durationFlag} from '../../cli/time-flags.js';
import type {Ban} from '../../domain/ban.js';
import {IotctlError} from '../../domain/errors.js';

export default class BanAdd extends IotctlCommand {
  static override summary = 'Keep an address, a device, or a device at an address out: its connections end.';

  static override examples = [
    "<%= config.bin %> ban add 192.0.2.7 --for 1h --reason 'guesses passwords'",
    "<%= config.bin %> ban add --device lamp-1 --reason 'stolen from the site'",
  ];

  static override args = {
    address: Args.string({description: 'an address, or a range such as 192.0.2.0/24 [default: any]'}),
  };

  static override flags = {
    device: Flags.string({description: 'only this device [default: all]'}),
    for: durationFlag({description: 'for how long, such as 1h [default: until it is removed]'}),
    reason: Flags.string({required: true, description: 'why; for those who read the list'}),
  };

  async run(): Promise<Ban> {
    const {args, flags} = await this.parse(BanAdd);
    const {address} = args;
    const {device, for: durationMs, reason} = flags;
    if (address === undefined && device === undefined) {
      throw new IotctlError('IOT_USAGE', 'nobody to keep out: give an address, --device, or both');
    }
    const api = await this.api();
    const ban = await api.bans.add({
      ...(address === undefined ? {} : {address}),
      ...(device === undefined ? {} : {device}),
      ...(durationMs === undefined ? {} : {durationMs}),
      reason,
    });
    return this.printOne(ban, BAN_COLUMNS);
  }
}
