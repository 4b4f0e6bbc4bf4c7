/** Devices that nobody knows yet, over MQTT: who says so at CONNECT, and the two topics that they have. */
import {SERIAL_CHARACTERS_MAX} from './claim.js';
import {ENROLMENT_KEY_PREFIX, parseDeviceToken} from './device-token.js';
import {IotctlError} from './errors.js';
import {parseUsername} from './identity.js';
import {isDeviceId, isTenantId} from './ids.js';

/** Whom a certificate of a group's authority is for; the handshake showed that it has the key. */
export interface EnrollingDevice {
  readonly tenant: string;
  readonly registrationId: string;
  readonly authorityId: string;
}

/** What a device shows; whether it is worth anything is asked with its first request. */
export type ProvisioningProof =
  /** User name `$claim`, or `$claim@{tenant}`, with the code as its password. */
  | {readonly kind: 'claim'; readonly rid: string; readonly code: string; readonly tenant: string | undefined}
  /** User name `{registrationId}@{tenant}`, with a token for registering as its password. */
  | {readonly kind: 'token'; readonly rid: string; readonly token: string; readonly tenant: string}
  /** A certificate of a group's authority, shown in the TLS handshake; the user name is empty or its own. */
  | ({readonly kind: 'certificate'; readonly rid: string} & EnrollingDevice);

/** What a device asks for, by MQTT as by HTTP. */
export interface ProvisioningWish {
  /** PEM of a request for a certificate (RFC 2986). */
  readonly csr?: string | undefined;
  readonly serial?: string | undefined;
  readonly hardwareId?: string | undefined;
  readonly nonce?: string | undefined;
}

const CLAIM_USERNAME = /^\$claim(?:@(.+))?$/;
const CLAIM_RID = 'claim';

export const WISH_CHARACTERS = {
  csr: {min: 1, max: 16 * 1024},
  serial: {min: 1, max: SERIAL_CHARACTERS_MAX},
  hardwareId: {min: 1, max: 128},
  nonce: {min: 16, max: 128},
} as const satisfies Record<keyof ProvisioningWish, {min: number; max: number}>;

/** Undefined for everybody else. */
export function provisioningProof(
  username: string,
  password: Uint8Array,
  certificate?: EnrollingDevice,
): ProvisioningProof | undefined {
  const claim = CLAIM_USERNAME.exec(username);
  const text = Buffer.from(password).toString('latin1');
  if (claim) {
    const tenant = claim[1];
    if (tenant !== undefined && !isTenantId(tenant)) return undefined;
    return {kind: 'claim', rid: CLAIM_RID, code: text.slice(0, 64), tenant};
  }
  if (certificate) {
    const {registrationId: rid, tenant} = certificate;
    const isOwn = username === '' || username === `${rid}@${tenant}`;
    return isOwn ? {kind: 'certificate', rid, ...certificate} : undefined;
  }
  const token = parseDeviceToken(text);
  if (!token?.keyId.startsWith(ENROLMENT_KEY_PREFIX) || !isDeviceId(token.device)) return undefined;
  const who = parseUsername(username);
  if (who?.name !== token.device || who.tenant !== token.tenant) return undefined;
  return {kind: 'token', rid: token.device, token: text, tenant: token.tenant};
}

export const requestTopic = (rid: string): string => `$prov/v1/${rid}/req`;
export const answerTopic = (rid: string): string => `$prov/v1/${rid}/res`;

/** Throws `IOT_REQUEST_INVALID`, naming what is wrong. Nothing at all asks for a secret. */
export function readWish(payload: string): ProvisioningWish {
  let json: unknown;
  try {
    json = payload === '' ? {} : JSON.parse(payload);
  } catch {
    throw invalid('not JSON');
  }
  if (typeof json !== 'object' || json === null || Array.isArray(json)) throw invalid('not a JSON object');
  for (const [name, value] of Object.entries(json)) {
    if (!Object.hasOwn(WISH_CHARACTERS, name)) throw invalid(`unknown: ${JSON.stringify(name.slice(0, 40))}`);
    const {min, max} = WISH_CHARACTERS[name as keyof ProvisioningWish];
    if (typeof value !== 'string' || value.length < min || value.length > max)
      throw invalid(`${name} is a text of ${min} to ${max} characters`);
  }
  return json as ProvisioningWish;
}

const invalid = (why: string): IotctlError => new IotctlError('IOT_REQUEST_INVALID', `request: ${why}`);
