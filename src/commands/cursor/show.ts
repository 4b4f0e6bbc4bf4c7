import * as Args from '@oclif/core/args';
import {IotctlCommand} from '../../cli/command.js';
import {CURSOR_COLUMNS} from '../../cli/cursor-columns.js';
import type {CursorView} from '../../client/cursor-api.js';

export default class CursorShow extends IotctlCommand {
  static override summary = 'Show how far one reader of events has come.';

  static override examples = ['<%= config.bin %> cursor show billing'];

  static override args = {
    name: Args.string({required: true, description: 'the name that `tail --cursor` was given'}),
  };

  async run(): Promise<CursorView> {
    const {args} = await this.parse(CursorShow);
    const api = await this.api();
    return this.printOne(await api.cursors.get(args.name), CURSOR_COLUMNS);
  }
}
