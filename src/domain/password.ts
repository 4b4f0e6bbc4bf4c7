/**
 * Passwords that people choose: scrypt (RFC 7914), computed in libuv's threads and never on an event loop. What is
 * checked again and again is remembered elsewhere, for seconds.
 */
import {randomBytes, scrypt, timingSafeEqual} from 'node:crypto';
import {IotctlError} from './errors.js';

export interface PasswordHash {
  readonly saltHex: string;
  readonly hashHex: string;
  /** Cost, block size and parallelisation of RFC 7914. */
  readonly n: number;
  readonly r: number;
  readonly p: number;
}

const COST = {n: 2 ** 15, r: 8, p: 1} as const;
const HASH_BYTES = 32;
const SALT_BYTES = 16;

/** scrypt needs 128 × N × r bytes; Node's default limit is just below that. */
const MEMORY_BYTES_MAX = 64 * 1024 * 1024;

/** OWASP ISVS 2.1.5 asks for 12. */
export const PASSWORD_CHARACTERS_MIN = 12;
export const PASSWORD_CHARACTERS_MAX = 256;

/** Throws `IOT_PASSWORD_WEAK`. */
export function checkPassword(password: string, name: string): void {
  if (password.length < PASSWORD_CHARACTERS_MIN || password.length > PASSWORD_CHARACTERS_MAX) {
    throw new IotctlError(
      'IOT_PASSWORD_WEAK',
      `a password has ${PASSWORD_CHARACTERS_MIN} to ${PASSWORD_CHARACTERS_MAX} characters`,
    );
  }
  if (new Set(password).size < 5 || password.toLowerCase().includes(name.toLowerCase()))
    throw new IotctlError('IOT_PASSWORD_WEAK', 'the password repeats itself, or holds the name');
}

export async function hashPassword(password: string): Promise<PasswordHash> {
  const salt = randomBytes(SALT_BYTES);
  const hash = await derive(password, salt, COST);
  return {saltHex: salt.toString('hex'), hashHex: hash.toString('hex'), ...COST};
}

export async function passwordMatches(
  password: string | Uint8Array,
  {saltHex, hashHex, n, r, p}: PasswordHash,
): Promise<boolean> {
  const hash = await derive(password, Buffer.from(saltHex, 'hex'), {n, r, p});
  return timingSafeEqual(hash, Buffer.from(hashHex, 'hex'));
}

/** Takes as long as checking a real one: whoever does not exist is refused no faster. */
export async function pretendToCheck(password: string | Uint8Array): Promise<void> {
  await derive(password, Buffer.alloc(SALT_BYTES), COST);
}

function derive(
  password: string | Uint8Array,
  salt: Buffer,
  {n, r, p}: {n: number; r: number; p: number},
): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    scrypt(password, salt, HASH_BYTES, {N: n, r, p, maxmem: MEMORY_BYTES_MAX}, (error, key) =>
      error ? reject(error) : resolve(key),
    );
  });
}
