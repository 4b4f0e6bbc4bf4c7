/** Everything about the pipe that results go into: writing with back-pressure, and noticing that its reader has gone. */
import {once} from 'node:events';

const closed = new AbortController();

/** Aborts when whoever reads stdout has closed it (`| head`). Nobody is left to write for, and that is no error. */
export const stdoutClosed: AbortSignal = closed.signal;

process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  closed.abort();
});

/** Writes text as it is; resolves when there is room for more. */
export async function writeOut(text: string | Uint8Array): Promise<void> {
  if (stdoutClosed.aborted || process.stdout.write(text)) return;
  await once(process.stdout, 'drain', {signal: stdoutClosed}).catch(() => undefined);
}

/** Is stdout a terminal that a person looks at? */
export const onTerminal = (): boolean => process.stdout.isTTY === true;

/** Says something to the person at the keyboard; results never come here. */
export const say = (text: string): void => {
  process.stderr.write(`${text}\n`);
};

/** Is stderr a terminal, where a line may be drawn again? */
export const onTerminalErr = (): boolean => process.stderr.isTTY === true;
