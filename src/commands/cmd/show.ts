import * as Args from '@oclif/core/args';
import {IotctlCommand} from '../../cli/command.js';
import {COMMAND_DETAILS} from '../../cli/command-columns.js';
import type {Command} from '../../domain/command.js';

export default class CmdShow extends IotctlCommand {
  static override summary = 'Show one command: its states so far and its result.';

  static override examples = ['<%= config.bin %> cmd show 0190a0f2-7c1e-7000-8000-000000000000'];

  static override args = {
    id: Args.string({required: true, description: 'the id that `cmd send` printed'}),
  };

  async run(): Promise<Command> {
    const {args} = await this.parse(CmdShow);
    const api = await this.api();
    return this.printOne(await api.getCommand(args.id), COMMAND_DETAILS);
  }
}
