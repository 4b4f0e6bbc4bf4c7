/** What a row says of a device's credential: a kind, a secret that it has already, or the hash of its password. */
import {hashSecretAgain} from '../../domain/credential.js';
import {IotctlError} from '../../domain/errors.js';
import {parseMosquittoHash} from '../../domain/mosquitto-hash.js';
import type {InputCredential} from './input-row.js';

/** A shorter one could be guessed, and is kept under a hash that is quick to check. */
const SECRET = /^[\x21-\x7e]{32,256}$/;

/** Throws `IOT_INPUT_INVALID`. Undefined where the row says nothing. */
export function credentialOf({
  credential,
  secret,
  hash,
}: {
  credential?: string | undefined;
  secret?: string | undefined;
  hash?: string | undefined;
}): InputCredential | undefined {
  if ([credential, secret, hash].filter(Boolean).length > 1)
    throw new IotctlError('IOT_INPUT_INVALID', 'give only one of credential, secret and hash');
  if (hash) return {kind: 'password', hash: parseMosquittoHash(hash)};
  if (secret) {
    if (!SECRET.test(secret))
      throw new IotctlError(
        'IOT_INPUT_INVALID',
        'secret: not 32 to 256 random characters; of a password give the hash, as mosquitto_passwd makes it',
      );
    return {kind: 'secret', ...hashSecretAgain(secret)};
  }
  switch (credential) {
    case undefined:
    case '':
      return undefined;
    case 'none':
      return {kind: 'none'};
    case 'new':
      return {kind: 'make'};
    default:
      throw new IotctlError('IOT_INPUT_INVALID', 'credential: give new or none');
  }
}
