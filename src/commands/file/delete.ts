import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import {IotctlCommand} from '../../cli/command.js';
import {confirm} from '../../cli/confirm.js';
import {FILE_COLUMNS} from '../../cli/file/file-columns.js';
import {namedFile} from '../../cli/file/named-file.js';
import type {StoredFile} from '../../domain/file.js';

export default class FileDelete extends IotctlCommand {
  static override destructive = true;

  static override summary = 'Delete a file that the platform keeps.';

  static override examples = ['<%= config.bin %> file delete calibration.json --device press-1 --yes'];

  static override args = {
    file: Args.string({required: true, description: 'its id, or its name: then the newest of that name'}),
  };

  static override flags = {
    device: Flags.string({helpValue: 'ID', description: 'whose file of that name [default: anybody’s]'}),
    yes: Flags.boolean({char: 'y', description: 'do not ask'}),
  };

  async run(): Promise<StoredFile> {
    const {args, flags} = await this.parse(FileDelete);
    const {files} = await this.api();
    const file = await namedFile(files, args.file, flags.device);
    if (!flags.yes) await confirm(`Delete ${file.name} (${file.id})? This cannot be undone.`);
    await files.remove(file.id);
    return await this.printOne(file, FILE_COLUMNS);
  }
}
