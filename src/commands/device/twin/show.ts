import * as Args from '@oclif/core/args';
import {IotctlCommand} from '../../../cli/command.js';
import {TWIN_DETAILS} from '../../../cli/twin-columns.js';
import type {Twin} from '../../../domain/twin.js';

export default class DeviceTwinShow extends IotctlCommand {
  static override summary = 'Show a device’s twin: what is desired, what it reports, and what differs.';

  static override description =
    'State is in-sync, pending since a time, or rejected with the device’s reason. JSON has the metadata too: when each value was set, and by whom.';

  static override examples = [
    '<%= config.bin %> device twin show lamp-1',
    '<%= config.bin %> device twin show lamp-1 --output json',
  ];

  static override args = {
    id: Args.string({required: true, description: 'the id of the device'}),
  };

  async run(): Promise<Twin> {
    const {args} = await this.parse(DeviceTwinShow);
    return this.printOne(await (await this.api()).twins.get(args.id), TWIN_DETAILS);
  }
}
