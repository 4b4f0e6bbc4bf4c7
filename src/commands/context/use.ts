import * as Args from '@oclif/core/args';
import {IotctlCommand} from '../../cli/command.js';
import {CONTEXT_COLUMNS, type ContextView, contextView} from '../../cli/context-view.js';
import {useContext as makeCurrent} from '../../client/contexts.js';

export default class ContextUse extends IotctlCommand {
  static override summary = 'Make a context the current one.';

  static override examples = ['<%= config.bin %> context use local'];

  static override args = {
    name: Args.string({required: true, description: 'the name of the context'}),
  };

  async run(): Promise<ContextView> {
    const {args} = await this.parse(ContextUse);
    await makeCurrent(args.name);
    return this.printOne(await contextView(args.name), CONTEXT_COLUMNS);
  }
}
