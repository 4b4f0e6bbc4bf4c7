/** Secrets: 256 random bits, kept as a salted SHA-256. They cannot be guessed, so they need no slow hash. */
import {createHash, randomBytes, timingSafeEqual} from 'node:crypto';

export interface HashedSecret {
  readonly saltHex: string;
  readonly hashHex: string;
}

export interface DeviceSecret extends HashedSecret {
  readonly id: string;
  /** Unix milliseconds; outside of the two the secret does not work. */
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
}

const SECRET_BYTES = 32;
const SALT_BYTES = 16;

export const newSecret = (): string => randomBytes(SECRET_BYTES).toString('base64url');

export function hashSecret(secret: string): HashedSecret {
  const salt = randomBytes(SALT_BYTES);
  return {saltHex: salt.toString('hex'), hashHex: digest(salt, secret).toString('hex')};
}

export function secretMatches(secret: string | Uint8Array, hashed: HashedSecret): boolean {
  return timingSafeEqual(
    digest(Buffer.from(hashed.saltHex, 'hex'), secret),
    Buffer.from(hashed.hashHex, 'hex'),
  );
}

export const secretValidAt = (secret: DeviceSecret, nowMs: number): boolean =>
  secret.notBeforeMs <= nowMs && nowMs < secret.notAfterMs;

const digest = (salt: Buffer, secret: string | Uint8Array): Buffer =>
  createHash('sha256').update(salt).update(secret).digest();
