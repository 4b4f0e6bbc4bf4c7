import {IotctlCommand} from '../../cli/command.js';
import {CONTEXT_COLUMNS, type ContextView, contextViews} from '../../cli/context-view.js';

export default class ContextList extends IotctlCommand {
  static override summary = 'List the platforms that you can talk to.';

  static override examples = ['<%= config.bin %> context list'];

  async run(): Promise<readonly ContextView[]> {
    await this.parse(ContextList);
    return this.print(await contextViews(), CONTEXT_COLUMNS);
  }
}
