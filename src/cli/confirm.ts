/** Asks before what cannot be undone. */
import {createInterface} from 'node:readline/promises';
import {IotctlError} from '../domain/errors.js';

/**
 * Resolves when the person at the terminal agrees. Throws `IOT_USAGE` where there is nobody to ask, and
 * `IOT_CONFLICT` when they do not agree.
 */
export async function confirm(question: string): Promise<void> {
  if (process.stdin.isTTY !== true || process.stderr.isTTY !== true) {
    throw new IotctlError('IOT_USAGE', `${question} Pass --yes, as there is nobody here to ask.`);
  }
  // Without a line editor Ctrl-C stays a signal, and ends the command.
  const readline = createInterface({input: process.stdin, output: process.stderr, terminal: false});
  try {
    const answer = await readline.question(`${question} [y/N] `);
    if (!/^y(es)?$/i.test(answer.trim()))
      throw new IotctlError('IOT_CONFLICT', 'nothing was changed: not confirmed');
  } finally {
    readline.close();
  }
}
