/** The words of a command line as they may be kept: without what is, or may be, secret. */

import {withoutSecrets as withoutGenerated} from '../domain/generated-secret.js';

/** What oclif's parser says about each word. */
export interface TypedToken {
  readonly type: 'arg' | 'flag';
  readonly input: string;
  readonly flag?: string;
  readonly arg?: string;
}

const HIDDEN = '***';

/** Parts of the names of flags and arguments whose values may be secret, or hold something that is. */
const SECRET_PARTS: ReadonlySet<string> = new Set(
  'token secret password passphrase key pin code otp credential credentials data message payload header url'.split(
    ' ',
  ),
);

/** Whatever iotctl makes as a secret starts so. */
const OWN_SECRET = /iotctl_[a-z]+_[\w.~+/-]+/g;
const URL_LOGIN = /(\w:\/\/)[^/@\s]+@/g;

/**
 * `id` is oclif's, such as `device:create`; `isSwitch` tells a flag without a value; `secrets` are texts known to be
 * secret, which are taken out wherever they stand.
 */
export function typedWords(
  id: string,
  tokens: readonly TypedToken[],
  {isSwitch, secrets}: {isSwitch: (flag: string) => boolean; secrets: readonly string[]},
): string[] {
  const words = id === '' ? [] : id.split(':');
  for (const {type, input, flag, arg} of tokens) {
    if (type === 'flag' && flag !== undefined) words.push(`--${flag}`);
    if (type === 'flag' && flag !== undefined && isSwitch(flag)) continue;
    words.push(maySaySecret(flag ?? arg ?? '') ? HIDDEN : withoutSecrets(input, secrets));
  }
  return words;
}

const maySaySecret = (name: string): boolean =>
  name.split('-').some(part => SECRET_PARTS.has(part.toLowerCase()));

/** What is known to be secret to a command that uses a context. */
export const knownSecrets = ({
  token,
  password,
}: {
  token?: string | undefined;
  password?: string | undefined;
}): string[] =>
  [token, password, process.env.IOTCTL_TOKEN, process.env.IOTCTL_SECRET].filter(
    secret => secret !== undefined,
  );

/** Texts of a few characters would be found where they are not meant. */
const SECRET_CHARACTERS_MIN = 4;

export function withoutSecrets(text: string, secrets: readonly string[]): string {
  const rest = secrets
    .filter(secret => secret.length >= SECRET_CHARACTERS_MIN)
    .reduce((left, secret) => left.replaceAll(secret, HIDDEN), text)
    .replaceAll(OWN_SECRET, HIDDEN)
    .replaceAll(URL_LOGIN, `$1${HIDDEN}@`);
  return withoutGenerated(rest, HIDDEN);
}
