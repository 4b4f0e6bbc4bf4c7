import * as Args from '@oclif/core/args';
import {IotctlCommand} from '../cli/command.js';
import {commandTable} from '../cli/completion/command-table.js';
import {completionScript, INSTALL, SHELLS, type Shell} from '../cli/completion/scripts.js';
import {onTerminal, say, writeOut} from '../cli/stdout.js';

export default class Completion extends IotctlCommand {
  static override summary =
    'Print a script that completes commands, flags, device ids and contexts in a shell.';

  static override examples = ['source <(<%= config.bin %> completion bash)'];

  static override args = {
    shell: Args.string({required: true, options: [...SHELLS], description: 'the shell'}),
  };

  async run(): Promise<void> {
    const {args} = await this.parse(Completion);
    const shell = args.shell as Shell;
    await writeOut(completionScript(shell, this.config.bin, commandTable(this.config.commands)));
    if (onTerminal()) say(`To keep it: ${INSTALL[shell]}`);
  }
}
