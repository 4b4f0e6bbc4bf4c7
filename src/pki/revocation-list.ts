/** Certificate revocation lists (RFC 5280, 5): what an authority no longer stands for, for those who cannot ask us. */
import {createPrivateKey, sign, X509Certificate} from 'node:crypto';
import {derElement, derInteger, derSequence, derTime, TAG} from './der.js';
import type {KeyedCertificate} from './issue.js';
import {structureOf} from './structure.js';

/** The reasons that are given for devices, with their numbers (RFC 5280, 5.3.1). */
export const REVOCATION_REASONS = {
  unspecified: 0,
  keyCompromise: 1,
  affiliationChanged: 3,
  superseded: 4,
  cessationOfOperation: 5,
  privilegeWithdrawn: 9,
} as const;
export type RevocationReason = keyof typeof REVOCATION_REASONS;

export interface RevokedCertificate {
  /** Lower case, without leading zeros. */
  readonly serialHex: string;
  /** Unix milliseconds; the list keeps whole seconds. */
  readonly revokedMs: number;
  readonly reason: RevocationReason;
}

export interface RevocationListContent {
  readonly revoked: readonly RevokedCertificate[];
  /** Grows with each list of the same authority, so that of two the later one is known. */
  readonly number: number;
  readonly nowMs: number;
  /** When the next list is there at the latest: who finds none then trusts nothing below the authority. */
  readonly nextUpdateMs: number;
}

/** ECDSA with the hash that matches the curve's strength, as object identifiers in hexadecimal DER. */
const SIGNATURES: Record<string, {hash: string; id: string}> = {
  prime256v1: {hash: 'sha256', id: '2a8648ce3d040302'},
  secp384r1: {hash: 'sha384', id: '2a8648ce3d040303'},
};

export const CRL_EXTENSIONS = {reason: '551d15', number: '551d14', authorityKey: '551d23'} as const;
const SUBJECT_KEY = '551d0e';
const BASE64_COLUMNS = 64;

/** Version 2, the only one with extensions. */
const VERSION = derInteger('01');

/** Signs the list with the authority's key; PEM (`X509 CRL`) and DER are the same list. */
export function createRevocationList(
  issuer: KeyedCertificate,
  content: RevocationListContent,
): {pem: string; der: Buffer} {
  const key = createPrivateKey(issuer.keyPem);
  const signature = SIGNATURES[key.asymmetricKeyDetails?.namedCurve ?? ''];
  if (signature === undefined) throw new TypeError('the authority’s key is neither P-256 nor P-384');
  const algorithm = derSequence(objectId(signature.id));
  const list = signedPart(new X509Certificate(issuer.certificatePem), algorithm, content);
  const bits = derElement(TAG.bitString, Buffer.of(0), sign(signature.hash, list, key));
  const der = derSequence(list, algorithm, bits);
  return {pem: pemOf(der), der};
}

function signedPart(issuer: X509Certificate, algorithm: Buffer, content: RevocationListContent): Buffer {
  const {subject, extensions} = structureOf(issuer);
  const {revoked, number, nowMs, nextUpdateMs} = content;
  const keyId = extensions.get(SUBJECT_KEY)?.value.subarray(2) ?? Buffer.alloc(0);
  return derSequence(
    VERSION,
    algorithm,
    subject,
    derTime(nowMs),
    derTime(nextUpdateMs),
    // An empty list is left out (RFC 5280, 5.1.2.6).
    ...(revoked.length > 0 ? [derSequence(...revoked.map(entry))] : []),
    derElement(
      TAG.context0,
      derSequence(
        extension(CRL_EXTENSIONS.authorityKey, derSequence(derElement(0x80, keyId))),
        extension(CRL_EXTENSIONS.number, derInteger(number.toString(16))),
      ),
    ),
  );
}

function entry({serialHex, revokedMs, reason}: RevokedCertificate): Buffer {
  const parts = [derInteger(serialHex), derTime(revokedMs)];
  // No reason is written as none (RFC 5280, 5.3.1).
  if (reason === 'unspecified') return derSequence(...parts);
  const code = derElement(TAG.enumerated, Buffer.of(REVOCATION_REASONS[reason]));
  return derSequence(...parts, derSequence(extension(CRL_EXTENSIONS.reason, code)));
}

const objectId = (hex: string): Buffer => derElement(TAG.objectId, Buffer.from(hex, 'hex'));

const extension = (id: string, value: Buffer): Buffer =>
  derSequence(objectId(id), derElement(TAG.octetString, value));

/** The label of RFC 7468, 6. */
function pemOf(der: Buffer): string {
  const lines = der.toString('base64').match(new RegExp(`.{1,${BASE64_COLUMNS}}`, 'g')) ?? [];
  return `-----BEGIN X509 CRL-----\n${lines.join('\n')}\n-----END X509 CRL-----\n`;
}
