/** Signatures of deliveries by Standard Webhooks 1.0.0 (https://www.standardwebhooks.com). */
import {createHmac, randomBytes} from 'node:crypto';
import {IotctlError} from './errors.js';

const PREFIX = 'whsec_';

/** The specification asks for 24 to 64 bytes. */
const [KEY_BYTES_MIN, KEY_BYTES_MAX] = [24, 64];

export const newSigningSecret = (): string => `${PREFIX}${randomBytes(32).toString('base64')}`;

/** The key in `whsec_` and base64. Throws `IOT_USAGE`; the text itself is never told. */
export function parseSigningSecret(text: string): Buffer {
  const encoded = text.startsWith(PREFIX) ? text.slice(PREFIX.length) : text;
  const key = Buffer.from(encoded, 'base64');
  const isBase64 = /^[A-Za-z0-9+/]+={0,2}$/.test(encoded);
  if (isBase64 && key.length >= KEY_BYTES_MIN && key.length <= KEY_BYTES_MAX) return key;
  throw new IotctlError(
    'IOT_USAGE',
    `the signing secret is not ${PREFIX} and ${KEY_BYTES_MIN} to ${KEY_BYTES_MAX} bytes in base64; make one with: echo "${PREFIX}$(openssl rand -base64 32)"`,
  );
}

/** The headers of one delivery; `id` stays the same when it is tried again. */
export function signedHeaders(
  key: Uint8Array | undefined,
  {id, timeMs, body}: {id: string; timeMs: number; body: Uint8Array},
): Record<string, string> {
  const seconds = String(Math.floor(timeMs / 1000));
  const headers = {'webhook-id': id, 'webhook-timestamp': seconds};
  if (key === undefined) return headers;
  const mac = createHmac('sha256', key).update(`${id}.${seconds}.`).update(body).digest('base64');
  return {...headers, 'webhook-signature': `v1,${mac}`};
}
