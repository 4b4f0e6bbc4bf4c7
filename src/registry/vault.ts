/**
 * Keys that the platform has to use and therefore has to keep: encrypted with AES-256-GCM under a key that lies beside
 * the database, in a file of its own. A copy of the database alone gives nothing away.
 */
import {createCipheriv, createDecipheriv, createHmac, randomBytes} from 'node:crypto';
import {IotctlError} from '../domain/errors.js';

const NONCE_BYTES = 12;
const TAG_BYTES = 16;
export const VAULT_KEY_BYTES = 32;

export class Vault {
  readonly #key: Buffer;

  /** `key` is 32 random bytes. */
  constructor(key: Buffer) {
    this.#key = key;
  }

  /** `purpose` is bound to the text: what was sealed for one row cannot be opened as another's. */
  seal(plain: Uint8Array | string, purpose: string): string {
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv('aes-256-gcm', this.#key, nonce).setAAD(Buffer.from(purpose));
    const sealed = Buffer.concat([cipher.update(plain as Uint8Array), cipher.final()]);
    return Buffer.concat([nonce, cipher.getAuthTag(), sealed]).toString('base64');
  }

  /** Throws `IOT_DATA_CORRUPT` when it was sealed under another key, for another purpose, or was changed. */
  open(sealed: string, purpose: string): Buffer {
    const bytes = Buffer.from(sealed, 'base64');
    const nonce = bytes.subarray(0, NONCE_BYTES);
    const tag = bytes.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES);
    try {
      const decipher = createDecipheriv('aes-256-gcm', this.#key, nonce)
        .setAAD(Buffer.from(purpose))
        .setAuthTag(tag);
      return Buffer.concat([decipher.update(bytes.subarray(NONCE_BYTES + TAG_BYTES)), decipher.final()]);
    } catch (error) {
      throw new IotctlError(
        'IOT_DATA_CORRUPT',
        `what was kept for ${purpose} cannot be decrypted with this key`,
        {
          cause: error,
        },
      );
    }
  }

  /** HMAC-SHA-256 (RFC 2104) of a text, under a key of its own for each purpose, derived from this one. */
  mac(text: string, purpose: string): Buffer {
    const key = createHmac('sha256', this.#key).update(`iotctl/v1 mac ${purpose}`).digest();
    return createHmac('sha256', key).update(text).digest();
  }
}
