import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import {IotctlCommand} from '../../cli/command.js';
import {listenForEnding} from '../../cli/ending.js';
import {getFile} from '../../cli/file/get-file.js';
import {namedFile} from '../../cli/file/named-file.js';
import type {Columns} from '../../cli/output.js';
import {Progress} from '../../cli/progress.js';
import {say, writeOut} from '../../cli/stdout.js';

interface Got {
  readonly path: string;
  readonly bytes: number;
  readonly digest: string;
}

const COLUMNS: Columns<Got> = {path: got => got.path, bytes: got => got.bytes, digest: got => got.digest};

export default class FileGet extends IotctlCommand {
  static override summary = 'Get a file that the platform keeps.';

  static override description =
    'What arrives is held against the file’s digest. One that was interrupted goes on where it was when the same is typed again.';

  static override examples = [
    '<%= config.bin %> file get calibration.json --device press-1',
    '<%= config.bin %> file get 0190a0f2-7c1e-7000-8000-000000000000 --to - | less',
  ];

  static override args = {
    file: Args.string({required: true, description: 'its id, or its name: then the newest of that name'}),
  };

  static override flags = {
    device: Flags.string({helpValue: 'ID', description: 'whose file of that name [default: anybody’s]'}),
    to: Flags.string({
      helpValue: 'PATH',
      description: 'where it is written, - is stdout; nothing is overwritten [default: its name, here]',
    }),
  };

  async run(): Promise<Got | undefined> {
    const {args, flags} = await this.parse(FileGet);
    using ending = listenForEnding();
    const {files} = await this.api();
    const file = await namedFile(files, args.file, flags.device);
    if (flags.to === '-') {
      for await (const piece of files.content(file.id, 0, ending.signal)) await writeOut(piece);
      return undefined;
    }
    const path = flags.to ?? file.name;
    using progress = new Progress('bytes', file.bytes);
    const whole = await getFile({
      file,
      path,
      files,
      signal: ending.signal,
      progress: received => progress.update(received),
    });
    progress[Symbol.dispose]();
    if (!whole) {
      say('Interrupted. Type the same again to go on.');
      this.exit(130);
    }
    return await this.printOne({path, bytes: file.bytes, digest: file.digest}, COLUMNS);
  }
}
