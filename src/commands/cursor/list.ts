import {IotctlCommand} from '../../cli/command.js';
import {CURSOR_COLUMNS} from '../../cli/cursor-columns.js';
import type {CursorView} from '../../client/cursor-api.js';

export default class CursorList extends IotctlCommand {
  static override summary = 'List who reads events under a name, and how far each is behind.';

  static override examples = ['<%= config.bin %> cursor list'];

  async run(): Promise<readonly CursorView[]> {
    await this.parse(CursorList);
    const api = await this.api();
    const {items} = await api.cursors.list();
    return this.print(items, CURSOR_COLUMNS);
  }
}
