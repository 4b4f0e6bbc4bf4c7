/**
 * What a device proves itself with. Several at once, each with its own time of validity, so that one can be rotated
 * while the other still works. None can be read again after it was made.
 */
import {createHash, createHmac, randomBytes, timingSafeEqual} from 'node:crypto';
import type {PasswordHash} from './password.js';

export const CREDENTIAL_KINDS = ['secret', 'password', 'token', 'x509'] as const;
export type CredentialKind = (typeof CREDENTIAL_KINDS)[number];

/** 256 random bits as a salted SHA-256: it cannot be guessed, so it needs no slow hash. */
export interface HashedSecret {
  readonly saltHex: string;
  readonly hashHex: string;
}

interface Validity {
  readonly id: string;
  /** Unix milliseconds; outside of the two the credential does not work. */
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
}

/** What the platform keeps of a credential in order to check it. */
export type StoredCredential =
  | (Validity & {readonly kind: 'secret'} & HashedSecret)
  | (Validity & {readonly kind: 'password'; readonly password: PasswordHash})
  /** The key itself: the device signs with it, so the platform has to hold it (encrypted where it is kept). */
  | (Validity & {readonly kind: 'token'; readonly keyBase64: string})
  /** A certificate that this platform issued; the chain decides, this says whether it still counts. */
  | (Validity & {readonly kind: 'x509'; readonly serialHex: string});

/** A credential as the API shows it: nothing that anyone could log in with. Times are RFC 3339 in UTC. */
export interface CredentialView {
  readonly id: string;
  readonly device: string;
  readonly kind: CredentialKind;
  readonly notBefore: string | null;
  readonly notAfter: string | null;
  readonly createdAt: string;
  /** `user:alice` or `token:ci`. */
  readonly createdBy: string | null;
  readonly lastUsedAt: string | null;
  readonly lastUsedFrom: string | null;
  /** Of an `x509`: the certificate's serial number, in hexadecimal. */
  readonly serial: string | null;
}

const SECRET_BYTES = 32;
const SALT_BYTES = 16;

/** Validity without an end of its own. */
export const NEVER_MS = Number.MAX_SAFE_INTEGER;

export const newSecret = (): string => randomBytes(SECRET_BYTES).toString('base64url');

export function hashSecret(secret: string): HashedSecret {
  const salt = randomBytes(SALT_BYTES);
  return {saltHex: salt.toString('hex'), hashHex: digest(salt, secret).toString('hex')};
}

/**
 * The same each time for one secret, so that whoever sends it twice is seen to. Only for secrets that cannot be guessed:
 * two devices with the same one have the same hash.
 */
export function hashSecretAgain(secret: string): HashedSecret {
  const salt = createHmac('sha256', secret).update('iotctl salt').digest().subarray(0, SALT_BYTES);
  return {saltHex: salt.toString('hex'), hashHex: digest(salt, secret).toString('hex')};
}

export function secretMatches(secret: string | Uint8Array, hashed: HashedSecret): boolean {
  return timingSafeEqual(
    digest(Buffer.from(hashed.saltHex, 'hex'), secret),
    Buffer.from(hashed.hashHex, 'hex'),
  );
}

export const isValidAt = ({notBeforeMs, notAfterMs}: Validity, nowMs: number): boolean =>
  notBeforeMs <= nowMs && nowMs < notAfterMs;

const digest = (salt: Buffer, secret: string | Uint8Array): Buffer =>
  createHash('sha256').update(salt).update(secret).digest();
