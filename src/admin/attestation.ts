/** Does a device that nobody knows yet belong to an enrolment group? It shows what only a device of the group can have. */
import type {X509Certificate} from 'node:crypto';
import {
  CLOCK_TOLERANCE_SEC,
  derivedKey,
  ENROLMENT_KEY_PREFIX,
  parseDeviceToken,
  signatureMatches,
  TOKEN_LIFE_SEC_MAX,
} from '../domain/device-token.js';
import {IotctlError} from '../domain/errors.js';
import {isDeviceId} from '../domain/ids.js';
import type {EnrollingDevice} from '../domain/provisioning.js';
import {readCertificates} from '../pki/read.js';
import type {Registry} from '../registry/registry.js';
import type {EnrolmentGroupRow} from '../registry/tables/enrolment.js';
import type {CertificateAdmin} from './certificate-admin.js';

/** One of the two is enough. */
export interface Attestation {
  /** Signed with the key that was derived for the device from its group's, with `kid=enroll:{name}`. */
  readonly token?: string | undefined;
  /** PEM: the device's certificate of the group's authority, and those between them. */
  readonly certificate?: string | undefined;
  /** Shows that the device has the key of that certificate, where the connection did not: it is a request for the same key. */
  readonly csr?: string | undefined;
  /** The certificate (DER) of a TLS connection, whose handshake was the proof. */
  readonly peerDer?: Buffer | undefined;
  /** Whose that certificate is, where the gateway has looked at it. */
  readonly peer?: EnrollingDevice | undefined;
}

export interface Attested {
  readonly tenant: string;
  readonly registrationId: string;
  readonly group: EnrolmentGroupRow;
}

interface Parts {
  readonly registry: Registry;
  readonly certificates: CertificateAdmin;
  readonly clock: () => number;
}

/** Throws `IOT_UNAUTHENTICATED`, in the same words whatever is wrong. */
export async function attest(parts: Parts, attestation: Attestation): Promise<Attested> {
  const {token, peer} = attestation;
  const attested = peer
    ? await ofAuthority(parts.registry, peer)
    : token === undefined
      ? await byCertificate(parts, attestation)
      : await byToken(parts, token);
  if (!attested || !isDeviceId(attested.registrationId))
    throw new IotctlError('IOT_UNAUTHENTICATED', 'that does not show a device of any enrolment group');
  return attested;
}

async function byToken({registry, clock}: Parts, text: string): Promise<Attested | undefined> {
  const token = parseDeviceToken(text);
  if (!token?.keyId.startsWith(ENROLMENT_KEY_PREFIX)) return undefined;
  const {tenant, device: registrationId, expiresSec} = token;
  const nowSec = clock() / 1000;
  if (expiresSec + CLOCK_TOLERANCE_SEC < nowSec) return undefined;
  if (expiresSec > nowSec + TOKEN_LIFE_SEC_MAX + CLOCK_TOLERANCE_SEC) return undefined;
  const name = token.keyId.slice(ENROLMENT_KEY_PREFIX.length);
  const group = await registry.enrolmentGroups.find(tenant, name);
  const key = group && (await registry.enrolmentGroups.keyOf(tenant, name));
  if (!key || !signatureMatches(token, derivedKey(key, tenant, registrationId))) return undefined;
  return {tenant, registrationId, group};
}

async function byCertificate(
  {registry, certificates}: Parts,
  {certificate, csr, peerDer}: Attestation,
): Promise<Attested | undefined> {
  const shown = certificate === undefined ? [] : chainOf(certificate);
  const leafDer = shown[0]?.raw ?? peerDer;
  if (!leafDer) return undefined;
  const isProved = peerDer?.equals(leafDer) === true || (await isKeyOf(shown[0], csr));
  if (!isProved) return undefined;
  try {
    const chainDer = shown.slice(1).map(({raw}) => raw);
    const {tenant, device, authorityId} = await certificates.identifyForEnrolment({leafDer, chainDer});
    return await ofAuthority(registry, {tenant, registrationId: device, authorityId});
  } catch (error) {
    if (error instanceof IotctlError) return undefined;
    throw error;
  }
}

async function ofAuthority(
  registry: Registry,
  {tenant, registrationId, authorityId}: EnrollingDevice,
): Promise<Attested | undefined> {
  const [group] = await registry.enrolmentGroups.ofAuthority(authorityId);
  return group?.tenant === tenant ? {tenant, registrationId, group} : undefined;
}

function chainOf(pem: string): X509Certificate[] {
  try {
    return readCertificates(pem);
  } catch {
    return [];
  }
}

/** Whoever only has the certificate cannot make such a request, and one that was overheard asks for the same key again. */
async function isKeyOf(certificate: X509Certificate | undefined, csr: string | undefined): Promise<boolean> {
  if (!certificate || csr === undefined) return false;
  const {checkCertificateRequest} = await import('../pki/request.js');
  const requested = await checkCertificateRequest(csr, undefined);
  return certificate.publicKey.export({type: 'spki', format: 'der'}).equals(requested);
}
