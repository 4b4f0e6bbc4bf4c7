/** The platform's own certificate: made by the root for the names that clients know the platform by. */
import {X509Certificate} from 'node:crypto';
import {IotctlError} from '../domain/errors.js';
import {parseServerNames} from './host-name.js';
import {
  BACKDATE_MS,
  DAY_MS,
  endEntityExtensions,
  issue,
  type KeyedCertificate,
  newSerialHex,
  pemOf,
} from './issue.js';
import {newKeyPair, privateKeyPem} from './keys.js';
import {ExtendedKeyUsage, ExtendedKeyUsageExtension, SubjectAlternativeNameExtension} from './x509.js';

/** What browsers accept at most (CA/Browser Forum baseline requirements, 6.3.2). */
const DAYS = 397;

/**
 * Makes a certificate with a fresh P-256 key for these host names and addresses, signed by the root itself.
 * Throws `IOT_INPUT_INVALID` for a name that is neither, and when there is none.
 */
export async function issueServerCertificate(
  root: KeyedCertificate,
  {names, nowMs, days = DAYS}: {names: readonly string[]; nowMs: number; days?: number},
): Promise<KeyedCertificate> {
  const parsed = parseServerNames(names);
  if (parsed.length === 0) throw new IotctlError('IOT_INPUT_INVALID', 'a server certificate needs a name');
  const keys = await newKeyPair('P-256');
  const certificate = await issue(root, {
    subject: {commonName: 'iotctl platform'},
    publicKey: keys.publicKey,
    serialHex: newSerialHex(),
    notBeforeMs: nowMs - BACKDATE_MS,
    notAfterMs: Math.min(nowMs + days * DAY_MS, Date.parse(new X509Certificate(root.certificatePem).validTo)),
    extensions: [
      ...endEntityExtensions(),
      new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth]),
      new SubjectAlternativeNameExtension(parsed),
    ],
  });
  return {certificatePem: pemOf(certificate), keyPem: privateKeyPem(keys.privateKey)};
}
