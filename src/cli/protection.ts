/** What a context asks for before a command that destroys. */
import {readOnlyRefusal} from '../client/changes.js';
import type {Context} from '../client/contexts.js';
import {IotctlError} from '../domain/errors.js';
import {ask, someoneToAsk} from './confirm.js';

/**
 * Resolves to true when the name of a protected context was given, as a flag or at the terminal; to false where it is
 * not protected. Throws `IOT_CONTEXT_PROTECTED`, or `IOT_CONTEXT_READ_ONLY` where nothing may be destroyed at all.
 */
export async function confirmProtected(context: Context, given: string | undefined): Promise<boolean> {
  const {name} = context;
  if (context.readOnly === true) throw readOnlyRefusal(name, 'this command');
  if (context.protected !== true) return false;
  if (given === undefined && !someoneToAsk()) throw refused(name, 'its name has to be given');
  const typed =
    given ?? (await ask(`Context ${name} is protected (${context.url}). Type its name to go on: `));
  if (typed !== name) throw refused(name, `${JSON.stringify(typed)} is not its name`);
  return true;
}

const refused = (name: string, why: string): IotctlError =>
  new IotctlError('IOT_CONTEXT_PROTECTED', `context ${name} is protected, and ${why}; nothing was sent`);
