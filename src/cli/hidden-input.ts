/** Asks for a secret: what is typed is shown nowhere. */
import {say} from './stdout.js';

/** The part of a terminal that is used here. */
export interface Terminal extends NodeJS.EventEmitter {
  setRawMode(on: boolean): unknown;
  resume(): unknown;
  pause(): unknown;
}

const INTERRUPT = '\u0003';
const END_OF_INPUT = '\u0004';
const CLEAR_LINE = '\u0015';
const ERASE: readonly string[] = ['\u0008', '\u007f'];
const ENTER: readonly string[] = ['\r', '\n'];
const ESCAPE = '\u001b';

/**
 * The line that is typed, with the question on stderr. Ctrl-C is what it always is, with the terminal as it was
 * before; the promise then never settles, as the process ends.
 */
export async function askHidden(question: string, terminal: Terminal = process.stdin): Promise<string> {
  // Whoever types as soon as the question is there must not see it.
  terminal.setRawMode(true);
  process.stderr.write(question);
  try {
    return await lineFrom(terminal, () => {
      terminal.setRawMode(false);
      say('');
      process.kill(process.pid, 'SIGINT');
    });
  } finally {
    terminal.setRawMode(false);
    terminal.pause();
    say('');
  }
}

function lineFrom(terminal: Terminal, onInterrupt: () => void): Promise<string> {
  return new Promise(resolve => {
    let line: string[] = [];
    const onData = (data: Buffer | string): void => {
      const keys = data.toString();
      // Arrows and the like, which send several characters at once (ECMA-48, 5.4).
      if (keys.startsWith(ESCAPE)) return;
      for (const key of keys) {
        if (key === INTERRUPT) onInterrupt();
        else if (ENTER.includes(key) || key === END_OF_INPUT) {
          done();
          return;
        } else if (key === CLEAR_LINE) line = [];
        else if (ERASE.includes(key)) line.pop();
        else if (key >= ' ') line.push(key);
      }
    };
    const done = (): void => {
      terminal.off('data', onData);
      terminal.off('end', done);
      resolve(line.join(''));
    };
    terminal.on('data', onData);
    terminal.once('end', done);
    terminal.resume();
  });
}
