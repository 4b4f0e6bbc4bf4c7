import * as Flags from '@oclif/core/flags';
import {IotctlCommand} from '../cli/command.js';
import {listenForEnding} from '../cli/ending.js';
import type {Columns} from '../cli/output.js';
import {onTerminal} from '../cli/stdout.js';
import {visible} from '../cli/text-width.js';
import {until} from '../client/until.js';

interface LogLine {
  readonly line: string;
}

const COLUMNS: Columns<LogLine> = {line: row => row.line};

export default class Logs extends IotctlCommand {
  static override summary = "Print the platform's log.";

  static override examples = ['<%= config.bin %> logs --lines 50', '<%= config.bin %> logs --follow'];

  static override flags = {
    lines: Flags.integer({char: 'n', min: 0, default: 100, description: 'how many of the newest lines'}),
    follow: Flags.boolean({char: 'f', description: 'go on with new lines'}),
  };

  async run(): Promise<number> {
    const {flags} = await this.parse(Logs);
    using ending = listenForEnding();
    const api = await this.api();
    const lines = api.logs({lines: flags.lines, follow: flags.follow, signal: ending.signal});
    // Awaited here: `ending` listens only as long as this function runs.
    return await this.printStream(rows(until(lines, ending.signal)), COLUMNS, ({line}) =>
      onTerminal() ? visible(line) : line,
    );
  }
}

async function* rows(lines: AsyncIterable<string>): AsyncGenerator<LogLine> {
  for await (const line of lines) yield {line};
}
