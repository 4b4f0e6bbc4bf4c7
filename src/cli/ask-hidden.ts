/** Asks a person for what nobody else should see: nothing of the answer is shown while it is typed. */
import {createInterface} from 'node:readline';
import {Writable} from 'node:stream';
import {IotctlError} from '../domain/errors.js';

interface Terminal {
  readonly input: NodeJS.ReadableStream & {readonly isTTY?: boolean};
  readonly output: NodeJS.WritableStream & {readonly isTTY?: boolean};
}

const ownTerminal = (): Terminal => ({input: process.stdin, output: process.stderr});

/** Is there a person who sees the question and can answer it? */
export const canAsk = ({input, output}: Terminal = ownTerminal()): boolean =>
  input.isTTY === true && output.isTTY === true;

/** One line, as it was typed. Throws `IOT_USAGE` when the terminal is closed instead; Ctrl-C ends the process. */
export async function askHidden(question: string, terminal: Terminal = ownTerminal()): Promise<string> {
  const {input, output} = terminal;
  output.write(question);
  // With a line editor the terminal does not echo by itself; and what the editor would show goes nowhere.
  const silent = new Writable({write: (_chunk, _encoding, done) => done()});
  const readline = createInterface({input, output: silent, terminal: true, historySize: 0});
  try {
    return await new Promise<string>((resolve, reject) => {
      const closed = (): void => reject(new IotctlError('IOT_USAGE', 'nothing was typed'));
      readline.once('line', resolve);
      readline.once('close', closed);
      readline.once('SIGINT', () => {
        // The terminal is given back first; then the process ends as it does on a signal.
        readline.off('close', closed).close();
        output.write('\n');
        process.emit('SIGINT');
        reject(new IotctlError('IOT_USAGE', 'interrupted'));
      });
    });
  } finally {
    readline.close();
    output.write('\n');
  }
}
