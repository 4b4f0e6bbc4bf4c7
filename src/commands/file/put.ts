import {basename} from 'node:path';
import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import {bytesText} from '../../cli/bytes.js';
import {IotctlCommand} from '../../cli/command.js';
import {listenForEnding} from '../../cli/ending.js';
import {FILE_COLUMNS} from '../../cli/file/file-columns.js';
import {putFile} from '../../cli/file/put-file.js';
import {Progress} from '../../cli/progress.js';
import {say} from '../../cli/stdout.js';
import type {StoredFile} from '../../domain/file.js';

export default class FilePut extends IotctlCommand {
  static override summary = 'Keep a file of a device, or of the tenant: a log, an image, a calibration.';

  static override description =
    'Up to 1 GiB. One that was interrupted goes on where it was when the same is typed again. Files of one name are versions of it: the newest is what `file get NAME` gets.';

  static override examples = [
    '<%= config.bin %> file put calibration.json --device press-1',
    '<%= config.bin %> file put /tmp/core.dump --device press-1 --name crash.dump',
  ];

  static override args = {path: Args.string({required: true, description: 'the file on this machine'})};

  static override flags = {
    device: Flags.string({helpValue: 'ID', description: 'whose file it is [default: the tenant’s own]'}),
    name: Flags.string({description: 'what it is called there [default: as here]'}),
    type: Flags.string({
      default: 'application/octet-stream',
      helpValue: 'TYPE/SUBTYPE',
      description: 'its media type',
    }),
  };

  async run(): Promise<StoredFile> {
    const {args, flags} = await this.parse(FilePut);
    using ending = listenForEnding();
    const {files} = await this.api();
    let progress: Progress | undefined;
    const file = await putFile({
      path: args.path,
      name: flags.name ?? basename(args.path),
      device: flags.device ?? null,
      contentType: flags.type,
      files,
      signal: ending.signal,
      progress(sent, bytes) {
        progress ??= new Progress('bytes', bytes);
        progress.update(sent);
      },
      onResumed: received => say(`Going on after the ${bytesText(received)} that are there.`),
    });
    progress?.[Symbol.dispose]();
    await this.printOne(file, FILE_COLUMNS);
    if (file.state === 'arriving') {
      say('Interrupted. Type the same again to go on.');
      this.exit(130);
    }
    return file;
  }
}
