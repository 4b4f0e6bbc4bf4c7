import {configFile, othersMayRead} from '../client/config-file.js';
import {type Context, resolveContext} from '../client/contexts.js';
import {say} from './stdout.js';

/** The context that a command uses; says so when others on this machine could use it too. */
export async function usedContext(name: string | undefined): Promise<Context> {
  const context = await resolveContext(name);
  if (holdsSecret(context) && !isFromEnvironment(name)) await warnIfOthersMayRead();
  return context;
}

export const holdsSecret = ({token, tokenCommand, password}: Context): boolean =>
  [token, tokenCommand, password].some(secret => (secret ?? '') !== '');

export async function warnIfOthersMayRead(): Promise<void> {
  if (await othersMayRead()) {
    const file = configFile();
    say(`Warning: others on this machine can read the tokens in ${file}. Type: chmod 600 ${file}`);
  }
}

const isFromEnvironment = (name: string | undefined): boolean =>
  name === undefined && Boolean(process.env.IOTCTL_URL) && Boolean(process.env.IOTCTL_TOKEN);
