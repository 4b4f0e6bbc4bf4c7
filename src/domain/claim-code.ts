/**
 * Claim codes: 50 random bits in Crockford's base 32 (crockford.com/base32.html) and a check symbol, shown as
 * `XXXX-XXXX-XXC`. Read as people type them: in any case, O for 0, I and L for 1, with or without hyphens.
 */
import {randomBytes} from 'node:crypto';
import {IotctlError} from './errors.js';

const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const RANDOM_SYMBOLS = 10;
const SYMBOLS = RANDOM_SYMBOLS + 1;

/** Longer than anybody types it, hyphens and spaces included. */
const CHARACTERS_MAX = 64;

/** The polynomial x^5 + x^2 + 1, which makes the 32 symbols a field. */
const FIELD = 0b10_0101;

/** As it is shown. */
export function newClaimCode(): string {
  // 256 is a multiple of 32: each symbol is as likely as any other.
  const values = [...randomBytes(RANDOM_SYMBOLS)].map(byte => byte & 31);
  return showClaimCode([...values, checkOf(values)].map(value => ALPHABET[value]!).join(''));
}

/** The eleven symbols, without hyphens. Throws `IOT_CLAIM_CODE_INVALID` for what cannot be a code: then it was mistyped. */
export function parseClaimCode(text: string): string {
  const code = text
    .slice(0, CHARACTERS_MAX)
    .toUpperCase()
    .replaceAll(/[\s-]/g, '')
    .replaceAll('O', '0')
    .replaceAll(/[IL]/g, '1');
  const values = code.split('').map(symbol => ALPHABET.indexOf(symbol));
  if (values.length !== SYMBOLS || values.includes(-1) || checkOf(values.slice(0, -1)) !== values.at(-1))
    throw new IotctlError('IOT_CLAIM_CODE_INVALID', 'that is no claim code: a symbol of it is not right');
  return code;
}

export const showClaimCode = (code: string): string =>
  [code.slice(0, 4), code.slice(4, 8), code.slice(8)].join('-');

/**
 * A sum whose weights are the powers of 2 in the field of 32 elements. Each is another one, and none is 0, so that one
 * wrong symbol and any two that changed places are always found; Crockford's own check symbol has five more characters,
 * which no phone has at hand.
 */
const checkOf = (values: readonly number[]): number => values.reduce((sum, value) => doubled(sum ^ value), 0);

const doubled = (value: number): number => (value & 16 ? (value << 1) ^ FIELD : value << 1);
