/** Asks before what cannot be undone. */
import {createInterface} from 'node:readline/promises';
import {IotctlError} from '../domain/errors.js';

/**
 * Resolves when the person at the terminal agrees. Throws `IOT_USAGE` where there is nobody to ask, and
 * `IOT_CONFLICT` when they do not agree.
 */
export async function confirm(question: string): Promise<void> {
  if (!someoneToAsk()) {
    throw new IotctlError('IOT_USAGE', `${question} Pass --yes, as there is nobody here to ask.`);
  }
  if (!isYes(await ask(`${question} [y/N] `)))
    throw new IotctlError('IOT_CONFLICT', 'nothing was changed: not confirmed');
}

/** Is there a person, who sees the question and can answer it? */
export const someoneToAsk = (): boolean => process.stdin.isTTY === true && process.stderr.isTTY === true;

/** The answer, as one line; empty when the terminal is closed instead. */
export async function ask(question: string): Promise<string> {
  // Without a line editor Ctrl-C stays a signal, and ends the command.
  const readline = createInterface({input: process.stdin, output: process.stderr, terminal: false});
  const closed = new Promise<string>(resolve => readline.once('close', () => resolve('')));
  try {
    return (await Promise.race([readline.question(question), closed])).trim();
  } finally {
    readline.close();
  }
}

export const isYes = (answer: string): boolean => /^y(es)?$/i.test(answer);
