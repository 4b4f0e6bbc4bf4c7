/** Hashes of mosquitto's password files: `$7$iterations$salt$hash` is PBKDF2, `$6$salt$hash` is SHA-512 (mosquitto_passwd(1)). */
import {IotctlError} from './errors.js';
import {FOREIGN_HASH_BYTES, FOREIGN_ITERATIONS_MAX, type ForeignHash} from './password.js';

const PBKDF2 = /^\$7\$(\d{1,9})\$([A-Za-z0-9+/]+={0,2})\$([A-Za-z0-9+/]+={0,2})$/;
const SHA512 = /^\$6\$([A-Za-z0-9+/]+={0,2})\$([A-Za-z0-9+/]+={0,2})$/;
const SALT_BYTES_MAX = 64;

/** Throws `IOT_INPUT_INVALID`. */
export function parseMosquittoHash(text: string): ForeignHash {
  const [, iterations = '', salt7 = '', hash7 = ''] = PBKDF2.exec(text) ?? [];
  if (iterations !== '')
    return checked({scheme: 'pbkdf2-sha512', iterations: Number(iterations), ...bytesOf(salt7, hash7)});
  const [, salt6 = '', hash6 = ''] = SHA512.exec(text) ?? [];
  if (salt6 !== '') return checked({scheme: 'sha512', iterations: 1, ...bytesOf(salt6, hash6)});
  throw new IotctlError('IOT_INPUT_INVALID', 'not a hash of mosquitto: it begins with $7$ or $6$');
}

const bytesOf = (salt: string, hash: string): {saltHex: string; hashHex: string} => ({
  saltHex: Buffer.from(salt, 'base64').toString('hex'),
  hashHex: Buffer.from(hash, 'base64').toString('hex'),
});

function checked(hash: ForeignHash): ForeignHash {
  const {saltHex, hashHex, iterations} = hash;
  if (hashHex.length !== FOREIGN_HASH_BYTES * 2 || saltHex.length > SALT_BYTES_MAX * 2)
    throw new IotctlError('IOT_INPUT_INVALID', 'a hash of mosquitto that is not whole');
  if (iterations < 1 || iterations > FOREIGN_ITERATIONS_MAX)
    throw new IotctlError(
      'IOT_INPUT_INVALID',
      `a hash with ${iterations} iterations: at most ${FOREIGN_ITERATIONS_MAX}`,
    );
  return hash;
}
