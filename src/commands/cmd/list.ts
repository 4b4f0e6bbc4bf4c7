import * as Args from '@oclif/core/args';
import {IotctlCommand} from '../../cli/command.js';
import {COMMAND_COLUMNS} from '../../cli/command-columns.js';
import type {Command} from '../../domain/command.js';

export default class CmdList extends IotctlCommand {
  static override summary = 'List the commands that were sent to a device.';

  static override examples = ['<%= config.bin %> cmd list lamp-1'];

  static override args = {
    device: Args.string({required: true, description: 'the id of the device'}),
  };

  async run(): Promise<readonly Command[]> {
    const {args} = await this.parse(CmdList);
    const api = await this.api();
    const {items} = await api.listCommands(args.device);
    return this.print(items, COMMAND_COLUMNS);
  }
}
