/** Where the token or the password of a new context comes from. */
import {IotctlError} from '../domain/errors.js';
import {someoneToAsk} from './confirm.js';
import {readInput} from './lines-in.js';
import {say} from './stdout.js';

export interface SecretFlags {
  readonly token?: string | undefined;
  readonly 'token-stdin': boolean;
  readonly 'token-command'?: string | undefined;
  readonly username?: string | undefined;
  readonly 'password-stdin': boolean;
}

/** Asked for where no flag says where it comes from. Throws `IOT_USAGE` where there is nobody to ask. */
export async function tokenFor(
  url: string,
  flags: SecretFlags,
): Promise<{token: string} | {tokenCommand: string}> {
  if (flags.username !== undefined) {
    throw new IotctlError('IOT_USAGE', 'a platform takes a token; --username is for --kind mqtt');
  }
  const tokenCommand = flags['token-command'];
  if (tokenCommand !== undefined) {
    if (tokenCommand.trim() === '') throw new IotctlError('IOT_USAGE', 'the command for the token is empty');
    return {tokenCommand};
  }
  const token = (await typedToken(url, flags)).trim();
  // What a header can carry (RFC 9110, 5.5).
  if (/^[\x21-\x7e]+$/.test(token)) return {token};
  throw new IotctlError(
    'IOT_USAGE',
    token === '' ? 'the token is empty' : 'that is not a token: it has blanks in it',
  );
}

async function typedToken(url: string, flags: SecretFlags): Promise<string> {
  if (flags.token !== undefined) {
    say('Warning: others on this machine can see the token in `ps`; --token-stdin keeps it to yourself.');
    return flags.token;
  }
  if (flags['token-stdin']) return (await readInput('-')).toString('utf8');
  if (process.env.IOTCTL_TOKEN) return process.env.IOTCTL_TOKEN;
  if (!someoneToAsk()) {
    throw new IotctlError(
      'IOT_USAGE',
      'no token: pass --token-stdin or --token-command, as there is nobody here to ask',
    );
  }
  const {askHidden} = await import('./hidden-input.js');
  return askHidden(`Token for ${url}: `);
}

/** The login at a plain broker; without a user name there is none. Throws `IOT_USAGE` for a token. */
export async function loginFor(
  url: string,
  flags: SecretFlags,
): Promise<{username?: string; password?: string}> {
  if (flags.token !== undefined || flags['token-stdin'] || flags['token-command'] !== undefined) {
    throw new IotctlError('IOT_USAGE', 'a plain broker takes no token; use --username and --password-stdin');
  }
  const {username} = flags;
  if (username === undefined) return {};
  const password = await typedPassword(url, flags);
  return password === '' ? {username} : {username, password};
}

async function typedPassword(url: string, flags: SecretFlags): Promise<string> {
  if (flags['password-stdin']) return (await readInput('-')).toString('utf8').replace(/\r?\n$/, '');
  if (!someoneToAsk()) return '';
  const {askHidden} = await import('./hidden-input.js');
  return askHidden(`Password of ${flags.username} for ${url} [none]: `);
}
