/** What a certificate allows itself to be used for, where node:crypto does not tell (RFC 5280, 4.2.1). */
import type {X509Certificate} from 'node:crypto';
import {derFind, derInside, TAG} from './der.js';
import {structureOf} from './structure.js';

export interface Constraints {
  readonly isAuthority: boolean;
  /** How many authorities may be below this one; undefined means any number. */
  readonly pathLength: number | undefined;
  /** The bits of the key usage extension, the first one highest; undefined when there is none: anything is allowed. */
  readonly keyUsage: number | undefined;
  /** Object identifiers of extensions (hexadecimal DER) that must be understood, and are not. */
  readonly unknownCritical: readonly string[];
  /** MD5, SHA-1 and the like, whose signatures can be forged. */
  readonly weakSignature: boolean;
}

export const KEY_USAGE = {digitalSignature: 0x80, keyEncipherment: 0x20, keyCertSign: 0x04} as const;

export const CLIENT_AUTH = '1.3.6.1.5.5.7.3.2';
export const SERVER_AUTH = '1.3.6.1.5.5.7.3.1';
const ANY_USAGE = '2.5.29.37.0';

const BASIC_CONSTRAINTS = '551d13';
const KEY_USAGE_ID = '551d0f';

/** Also alternative names, extended key usage and policies; those are read elsewhere, or restrict nothing here. */
const UNDERSTOOD = new Set([BASIC_CONSTRAINTS, KEY_USAGE_ID, '551d11', '551d25', '551d20']);

const WEAK_SIGNATURES = new Set([
  '2a864886f70d010102', // md2WithRSAEncryption
  '2a864886f70d010104', // md5WithRSAEncryption
  '2a864886f70d010105', // sha1WithRSAEncryption
  '2a8648ce3d0401', // ecdsa-with-SHA1
  '2a8648ce380403', // dsa-with-SHA1
]);

/** Throws a RangeError or a TypeError when the certificate is not built as it should be. */
export function constraintsOf(certificate: X509Certificate): Constraints {
  const {extensions, signatureAlgorithm} = structureOf(certificate);
  const basic = extensions.get(BASIC_CONSTRAINTS);
  const usage = extensions.get(KEY_USAGE_ID);
  const keyUsage = usage === undefined ? undefined : (derFind(usage.value, TAG.bitString)?.[1] ?? 0);
  return {
    isAuthority: basic !== undefined && isAuthority(basic.value) && allows(keyUsage, KEY_USAGE.keyCertSign),
    pathLength: basic === undefined ? undefined : pathLength(basic.value),
    keyUsage,
    unknownCritical: [...extensions.values()].filter(e => e.critical && !UNDERSTOOD.has(e.id)).map(e => e.id),
    weakSignature: WEAK_SIGNATURES.has(signatureAlgorithm),
  };
}

/** Does the key usage allow this? Without the extension it does. */
export const allows = (keyUsage: number | undefined, bit: number): boolean =>
  keyUsage === undefined || (keyUsage & bit) !== 0;

/** Does the extended key usage allow this purpose? Undefined when the certificate names no purpose at all. */
export function allowsPurpose(certificate: X509Certificate, purpose: string): boolean | undefined {
  // Undefined, not empty, when there is no such extension, whatever the types say.
  const purposes: readonly string[] | undefined = certificate.keyUsage;
  return purposes === undefined ? undefined : purposes.includes(purpose) || purposes.includes(ANY_USAGE);
}

const isAuthority = (value: Buffer): boolean =>
  derInside(value, TAG.sequence).some(part => part.tag === TAG.boolean && part.content[0] !== 0);

function pathLength(value: Buffer): number | undefined {
  const part = derInside(value, TAG.sequence).find(({tag}) => tag === TAG.integer);
  // More than fits into four bytes is no limit at all.
  return part === undefined || part.content.length > 4
    ? undefined
    : part.content.readUIntBE(0, part.content.length);
}
