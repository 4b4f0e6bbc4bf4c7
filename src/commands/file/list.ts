import * as Flags from '@oclif/core/flags';
import {IotctlCommand} from '../../cli/command.js';
import {FILE_COLUMNS} from '../../cli/file/file-columns.js';
import {say} from '../../cli/stdout.js';
import type {StoredFile} from '../../domain/file.js';

export default class FileList extends IotctlCommand {
  static override summary = 'List the files that the platform keeps, the newest first.';

  static override examples = ['<%= config.bin %> file list --device press-1'];

  static override flags = {
    device: Flags.string({helpValue: 'ID', description: 'only files of this device [default: all]'}),
    name: Flags.string({description: 'only files of this name [default: all]'}),
    limit: Flags.integer({default: 100, min: 1, max: 1000, description: 'how many at most'}),
  };

  async run(): Promise<readonly StoredFile[]> {
    const {flags} = await this.parse(FileList);
    const {files} = await this.api();
    const {device, name, limit} = flags;
    const {items, nextCursor} = await files.list({device, name, limit});
    await this.print(items, FILE_COLUMNS);
    if (nextCursor !== null) say(`Only the newest ${items.length} are shown; pass a larger --limit.`);
    return items;
  }
}
