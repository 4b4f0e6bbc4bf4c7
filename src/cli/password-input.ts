/** Where passwords come from: a person at the terminal, or stdin. Never an argument, which everybody can see in `ps`. */
import * as Flags from '@oclif/core/flags';
import {IotctlError} from '../domain/errors.js';
import {checkPassword} from '../domain/password.js';
import {someoneToAsk} from './confirm.js';
import {askHidden} from './hidden-input.js';
import {readInput} from './lines-in.js';

export const passwordStdinFlag = Flags.boolean({
  description: 'read the password from stdin, instead of asking for it at the terminal',
});

/** A password that there is already. Throws `IOT_USAGE` where there is nobody to ask. */
export async function givenPassword(fromStdin: boolean, question: string): Promise<string> {
  if (fromStdin) return (await stdinLines())[0]!;
  requireTerminal();
  return askHidden(question);
}

/**
 * A password for `name`, asked twice at a terminal. Throws `IOT_PASSWORD_WEAK` before anything is sent, and `IOT_USAGE`
 * where there is nobody to ask, or the two are not the same.
 */
export async function newPassword(fromStdin: boolean, name: string): Promise<string> {
  const password = fromStdin ? (await stdinLines())[0]! : await askTwice(name);
  checkPassword(password, name);
  return password;
}

/** The old one and the new one; two lines where they come from stdin. Throws as `newPassword`. */
export async function changedPassword(fromStdin: boolean, name: string): Promise<{old: string; new: string}> {
  if (!fromStdin) {
    requireTerminal();
    return {old: await askHidden('Your password now: '), new: await newPassword(false, name)};
  }
  const [old, next] = await stdinLines();
  if (next === undefined) {
    throw new IotctlError('IOT_USAGE', 'stdin has one line: give the old password, then the new one');
  }
  checkPassword(next, name);
  return {old: old!, new: next};
}

async function askTwice(name: string): Promise<string> {
  requireTerminal();
  const password = await askHidden(`New password of ${name}: `);
  if ((await askHidden('The same again: ')) === password) return password;
  throw new IotctlError('IOT_USAGE', 'the two passwords are not the same');
}

function requireTerminal(): void {
  if (someoneToAsk()) return;
  throw new IotctlError(
    'IOT_USAGE',
    'a password is needed: pass --password-stdin, as there is nobody here to ask',
  );
}

/** Blanks may be part of a password: only the line breaks are not. */
const stdinLines = async (): Promise<string[]> => (await readInput('-')).toString('utf8').split(/\r?\n/);
