/** A token that a command prints, such as `pass show iotctl`: asked each time, kept nowhere. */
import type {ChildProcess} from 'node:child_process';
import {IotctlError} from '../domain/errors.js';

/** It may have to ask a person for a passphrase. */
const TIMEOUT_MS = 30_000;
const OUTPUT_BYTES_MAX = 65_536;

/**
 * Runs the command with the system's shell and gives the first line that it prints; what it says on stderr is seen
 * by the user. It may read the terminal, but never what is piped into iotctl.
 * Throws `IOT_TOKEN_COMMAND`, never with anything of its output.
 */
export async function tokenOfCommand(command: string, timeoutMs = TIMEOUT_MS): Promise<string> {
  const {spawn} = await import('node:child_process');
  const child = spawn(command, {
    shell: true,
    stdio: [process.stdin.isTTY === true ? 'inherit' : 'ignore', 'pipe', 'inherit'],
  });
  const [token = ''] = (await outputOf(child, timeoutMs)).split('\n', 1);
  const trimmed = token.trim();
  // What a header can carry (RFC 9110, 5.5); everything else is no token but a message.
  if (/^[\x21-\x7e]+$/.test(trimmed)) return trimmed;
  throw failed(trimmed === '' ? 'it printed none' : 'what it printed is not a token');
}

function outputOf(child: ChildProcess, timeoutMs: number): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = '';
    const giveUp = (reason: string): void => {
      clearTimeout(timer);
      child.kill();
      // A process that it started may keep the pipe open.
      child.stdout!.destroy();
      reject(failed(reason));
    };
    const timer = setTimeout(() => giveUp(`it has not ended within ${timeoutMs} ms`), timeoutMs);
    child.stdout!.setEncoding('utf8').on('data', (piece: string) => {
      text += piece;
      if (text.length > OUTPUT_BYTES_MAX) giveUp(`it printed more than ${OUTPUT_BYTES_MAX} bytes`);
    });
    child.once('error', error => giveUp(error.message));
    child.once('close', (code, signal) => {
      clearTimeout(timer);
      if (code === 0) resolve(text);
      else reject(failed(signal === null ? `it ended with exit code ${code}` : `it was ended by ${signal}`));
    });
  });
}

const failed = (reason: string): IotctlError =>
  new IotctlError('IOT_TOKEN_COMMAND', `no token from the command of the context: ${reason}`);
