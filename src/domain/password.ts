/**
 * Passwords that people choose: scrypt (RFC 7914), computed in libuv's threads and never on an event loop. What is
 * checked again and again is remembered elsewhere, for seconds.
 */
import {createHash, pbkdf2, randomBytes, scrypt, timingSafeEqual} from 'node:crypto';
import {promisify} from 'node:util';
import {IotctlError} from './errors.js';

export type PasswordHash = ScryptHash | ForeignHash;

interface ScryptHash {
  readonly saltHex: string;
  readonly hashHex: string;
  /** Cost, block size and parallelisation of RFC 7914. */
  readonly n: number;
  readonly r: number;
  readonly p: number;
}

export const FOREIGN_SCHEMES = ['pbkdf2-sha512', 'sha512'] as const;

/** A hash that another broker made, so that a device keeps its password: PBKDF2 (RFC 8018), or SHA-512 of password and salt. */
export interface ForeignHash {
  readonly scheme: (typeof FOREIGN_SCHEMES)[number];
  readonly saltHex: string;
  /** 64 bytes. */
  readonly hashHex: string;
  /** 1 for `sha512`. */
  readonly iterations: number;
}

/** About a second of one processor: whoever connects must not cost more. */
export const FOREIGN_ITERATIONS_MAX = 1_000_000;

const COST = {n: 2 ** 15, r: 8, p: 1} as const;
const HASH_BYTES = 32;
const SALT_BYTES = 16;
export const FOREIGN_HASH_BYTES = 64;

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

export async function hashPassword(password: string): Promise<ScryptHash> {
  const salt = randomBytes(SALT_BYTES);
  const hash = await derive(password, salt, COST);
  return {saltHex: salt.toString('hex'), hashHex: hash.toString('hex'), ...COST};
}

export async function passwordMatches(password: string | Uint8Array, kept: PasswordHash): Promise<boolean> {
  const salt = Buffer.from(kept.saltHex, 'hex');
  const hash =
    'scheme' in kept ? await deriveForeign(password, salt, kept) : await derive(password, salt, kept);
  return timingSafeEqual(hash, Buffer.from(kept.hashHex, 'hex'));
}

/** Takes as long as checking a real one: whoever does not exist is refused no faster. */
export async function pretendToCheck(password: string | Uint8Array): Promise<void> {
  await derive(password, Buffer.alloc(SALT_BYTES), COST);
}

async function deriveForeign(
  password: string | Uint8Array,
  salt: Buffer,
  {scheme, iterations}: ForeignHash,
): Promise<Buffer> {
  return scheme === 'sha512'
    ? createHash('sha512').update(password).update(salt).digest()
    : await promisify(pbkdf2)(password, salt, iterations, FOREIGN_HASH_BYTES, 'sha512');
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
