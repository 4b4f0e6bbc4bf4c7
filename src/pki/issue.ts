/** Writes and signs one certificate: the part that every kind of certificate has in common (RFC 5280, 4.1). */
import {randomBytes, type webcrypto} from 'node:crypto';
import {importSigningKey} from './keys.js';
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  type Extension,
  KeyUsageFlags,
  KeyUsagesExtension,
  Name,
  SubjectKeyIdentifierExtension,
  X509Certificate,
  X509CertificateGenerator,
} from './x509.js';

/** A certificate and its private key, both PEM. */
export interface KeyedCertificate {
  readonly certificatePem: string;
  readonly keyPem: string;
}

export interface Subject {
  readonly commonName: string;
  readonly organization?: string;
}

export interface CertificateContent {
  readonly subject: Subject;
  readonly publicKey: webcrypto.CryptoKey | Buffer;
  readonly serialHex: string;
  /** Unix milliseconds; a certificate keeps whole seconds. */
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
  readonly extensions: readonly Extension[];
}

export const DAY_MS = 86_400_000;

/** Clocks of devices run late and early: a fresh certificate has been valid for a while. */
export const BACKDATE_MS = 5 * 60_000;

const SERIAL_BYTES = 16;

/**
 * 128 bits, lower-case hexadecimal, never to be guessed or met twice (RFC 5280, 4.1.2.2). The first two bits are 01, so that
 * the number is positive and has the same 16 bytes in every notation.
 */
export function newSerialHex(): string {
  const bytes = randomBytes(SERIAL_BYTES);
  bytes[0] = (bytes[0]! & 0x3f) | 0x40;
  return bytes.toString('hex');
}

/** The extensions that a certificate of a device or a server starts with: it signs nothing but its handshakes. */
export const endEntityExtensions = (): Extension[] => [
  new BasicConstraintsExtension(false, undefined, true),
  new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
];

/** Those of an authority with at most `pathLength` authorities below it. */
export const authorityExtensions = (pathLength: number): Extension[] => [
  new BasicConstraintsExtension(true, pathLength, true),
  new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
];

/** Signs with the issuer's key; its subject and its key's identifier are written as the issuer's. */
export async function issue(issuer: KeyedCertificate, content: CertificateContent): Promise<X509Certificate> {
  const certificate = new X509Certificate(issuer.certificatePem);
  const {key, algorithm} = await importSigningKey(issuer.keyPem);
  return X509CertificateGenerator.create({
    serialNumber: content.serialHex,
    subject: nameOf(content.subject),
    issuer: certificate.subjectName,
    notBefore: wholeSecond(content.notBeforeMs),
    notAfter: wholeSecond(content.notAfterMs),
    publicKey: content.publicKey,
    signingKey: key,
    signingAlgorithm: algorithm,
    extensions: [
      ...content.extensions,
      await SubjectKeyIdentifierExtension.create(content.publicKey),
      await AuthorityKeyIdentifierExtension.create(certificate.publicKey),
    ],
  });
}

/** As UTF-8 strings, one attribute per level; nothing in the texts is read as syntax. */
export function nameOf({commonName, organization}: Subject): Name {
  const parts = [{CN: [{utf8String: commonName}]}];
  return new Name(organization === undefined ? parts : [...parts, {O: [{utf8String: organization}]}]);
}

export const wholeSecond = (timeMs: number): Date => new Date(Math.floor(timeMs / 1000) * 1000);

/** One PEM block that ends in a newline, so that blocks can be put one after the other. */
export const pemOf = (object: {toString(format: 'pem'): string}): string =>
  `${object.toString('pem').trimEnd()}\n`;
