import * as Args from '@oclif/core/args';
import {IotctlCommand} from '../../cli/command.js';
import {CONTEXT_COLUMNS, type ContextView, contextView} from '../../cli/context-view.js';

export default class ContextShow extends IotctlCommand {
  static override summary = 'Show a context, without its token.';

  static override examples = ['<%= config.bin %> context show', '<%= config.bin %> context show local'];

  static override args = {
    name: Args.string({description: 'the name of the context [default: the current one]'}),
  };

  async run(): Promise<ContextView> {
    const {args} = await this.parse(ContextShow);
    return this.printOne(await contextView(args.name ?? this.contextName), CONTEXT_COLUMNS);
  }
}
