/** Does what a device sent prove that it is this device? Everything but passwords, which take longer. */
import {isValidAt, type StoredCredential, secretMatches} from '../domain/credential.js';
import {
  CLOCK_TOLERANCE_SEC,
  type DeviceToken,
  derivedKey,
  GROUP_KEY_PREFIX,
  parseDeviceToken,
  signatureMatches,
  TOKEN_LIFE_SEC_MAX,
} from '../domain/device-token.js';
import type {DeviceIdentity} from '../domain/identity.js';

export type Proof =
  | {readonly ok: true; readonly credentialId: string | undefined; readonly expiresMs?: number | undefined}
  | {readonly ok: false; readonly reason: string};

const refused = (reason: string): Proof => ({ok: false, reason});

/** A signed token, if the password is one; undefined if it is something else. */
export function proveByToken(device: DeviceIdentity, password: Uint8Array, nowMs: number): Proof | undefined {
  const token = parseDeviceToken(Buffer.from(password).toString('latin1'));
  if (!token) return undefined;
  if (token.tenant !== device.tenant || token.device !== device.device)
    return refused('token was made for another device');
  const nowSec = nowMs / 1000;
  if (token.expiresSec + CLOCK_TOLERANCE_SEC < nowSec) return refused('token has expired');
  if (token.expiresSec > nowSec + TOKEN_LIFE_SEC_MAX + CLOCK_TOLERANCE_SEC)
    return refused('token lives too long');
  const expiresMs = (token.expiresSec + CLOCK_TOLERANCE_SEC) * 1000;
  return token.keyId.startsWith(GROUP_KEY_PREFIX)
    ? byGroupKey(device, token, expiresMs)
    : byOwnKey(device, token, {nowMs, expiresMs});
}

function byGroupKey(device: DeviceIdentity, token: DeviceToken, expiresMs: number): Proof {
  const name = token.keyId.slice(GROUP_KEY_PREFIX.length);
  const group = device.groupKeys.find(candidate => candidate.name === name);
  if (!group) return refused('unknown group key');
  const key = derivedKey(Buffer.from(group.keyBase64, 'base64'), token.tenant, token.device);
  return signatureMatches(token, key)
    ? {ok: true, credentialId: undefined, expiresMs}
    : refused('wrong signature of the token');
}

function byOwnKey(
  {credentials}: DeviceIdentity,
  token: DeviceToken,
  {nowMs, expiresMs}: {nowMs: number; expiresMs: number},
): Proof {
  const own = credentials.find(credential => credential.id === token.keyId);
  if (own?.kind !== 'token') return refused('unknown key');
  if (!signatureMatches(token, Buffer.from(own.keyBase64, 'base64')))
    return refused('wrong signature of the token');
  if (!isValidAt(own, nowMs)) return refused('key is outside of its validity');
  return {ok: true, credentialId: own.id, expiresMs: Math.min(expiresMs, own.notAfterMs)};
}

export function proveBySecret({credentials}: DeviceIdentity, password: Uint8Array, nowMs: number): Proof {
  const own = credentials.find(
    (credential): credential is Extract<StoredCredential, {kind: 'secret'}> =>
      credential.kind === 'secret' && secretMatches(password, credential),
  );
  if (!own) return refused('wrong secret');
  if (!isValidAt(own, nowMs)) return refused('secret is outside of its validity');
  return {ok: true, credentialId: own.id, expiresMs: endOf(own)};
}

/** The chain was checked when the connection was made; here it has to be this device's, and still count. */
export function proveByCertificate(
  device: DeviceIdentity,
  {
    generation,
    serialHex,
    kind,
  }: {generation: string | undefined; serialHex: string; kind: 'issuing' | 'customer'},
  nowMs: number,
): Proof {
  if (kind === 'customer')
    return device.isReleased === true
      ? refused('certificate: its owner let go of the device')
      : {ok: true, credentialId: undefined};
  if (generation !== device.generation)
    return refused('certificate: wrong-name: of a device that was deleted');
  const own = device.credentials.find(
    credential => credential.kind === 'x509' && credential.serialHex === serialHex,
  );
  if (!own) return refused('certificate: revoked: not one of this device’s');
  if (!isValidAt(own, nowMs)) return refused('certificate: expired: outside of its validity');
  return {ok: true, credentialId: own.id, expiresMs: endOf(own)};
}

const endOf = ({notAfterMs}: StoredCredential): number | undefined =>
  notAfterMs >= Number.MAX_SAFE_INTEGER ? undefined : notAfterMs;
