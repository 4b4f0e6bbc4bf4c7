/**
 * Tokens that a device signs itself, so that its key never travels: HMAC-SHA-256 (RFC 2104) over tenant, device, key
 * and expiry. Written like a query: `sr=acme/lamp-1&se=1700000000&kid=…&sig=…`.
 */
import {createHmac, timingSafeEqual} from 'node:crypto';

export interface DeviceToken {
  readonly tenant: string;
  readonly device: string;
  /** When it stops working, in Unix seconds. */
  readonly expiresSec: number;
  /** The id of the device's own key, or `group:{name}` for a key derived from a group's, `enroll:{name}` for one to register with. */
  readonly keyId: string;
  readonly signature: Buffer;
}

export const KEY_BYTES = 32;

/** A token for longer than this is refused: what is stolen must not work for long. */
export const TOKEN_LIFE_SEC_MAX = 24 * 3600;

/** Devices' clocks are not exact: a token is taken this long after its end. */
export const CLOCK_TOLERANCE_SEC = 300;

export const GROUP_KEY_PREFIX = 'group:';

/** A token for registering says so in what is signed: it is worth nothing for logging in, nor the other way round. */
export const ENROLMENT_KEY_PREFIX = 'enroll:';

const CHARACTERS_MAX = 1024;

export function signDeviceToken({
  tenant,
  device,
  expiresSec,
  keyId,
  key,
}: Omit<DeviceToken, 'signature'> & {key: Uint8Array}): string {
  const signature = macOf({tenant, device, expiresSec, keyId}, key).toString('base64url');
  return `sr=${tenant}/${device}&se=${expiresSec}&kid=${keyId}&sig=${signature}`;
}

/** Undefined for what is not a token at all. */
export function parseDeviceToken(text: string): DeviceToken | undefined {
  if (text.length > CHARACTERS_MAX) return undefined;
  const found = /^sr=([^/&]+)\/([^/&]+)&se=(\d{1,12})&kid=([^&]+)&sig=([\w-]{43})$/.exec(text);
  if (!found) return undefined;
  const [, tenant, device, expires, keyId, signature] = found as unknown as string[];
  return {
    tenant: tenant!,
    device: device!,
    expiresSec: Number(expires),
    keyId: keyId!,
    signature: Buffer.from(signature!, 'base64url'),
  };
}

export const signatureMatches = (token: DeviceToken, key: Uint8Array): boolean =>
  timingSafeEqual(macOf(token, key), token.signature);

/** The key of one device of a group: whoever holds it learns nothing of the group's key, or of another device's. */
export const derivedKey = (groupKey: Uint8Array, tenant: string, device: string): Buffer =>
  createHmac('sha256', groupKey).update(`iotctl/v1|${tenant}|${device}`).digest();

const macOf = (
  {tenant, device, expiresSec, keyId}: Omit<DeviceToken, 'signature'>,
  key: Uint8Array,
): Buffer => createHmac('sha256', key).update(`${tenant}/${device}\n${expiresSec}\n${keyId}`).digest();
