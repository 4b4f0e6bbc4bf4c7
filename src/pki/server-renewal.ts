/** Will a platform's certificate still do? Asked at each start, so it loads nothing but node:crypto. */
import {X509Certificate} from 'node:crypto';
import {isIP} from 'node:net';
import {parseServerNames, shortestAddress} from './host-name.js';
import {alternativeNames} from './names.js';
import {isRenewalDue} from './validity.js';

/** The host names and addresses that the certificate is for, in the notation of `parseServerName`, sorted. */
export const serverCertificateNames = (pem: string): string[] =>
  alternativeNames(new X509Certificate(pem))
    .filter(({type}) => type === 'DNS' || type === 'IP Address')
    .map(({value}) => (isIP(value) === 0 ? value.toLowerCase() : shortestAddress(value.toLowerCase())))
    .sort();

/** Why a platform makes its certificate anew: it lacks a name, two thirds of its life are over, or another root signed it. */
export type RenewalReason = 'names' | 'age' | 'authority';

/** Undefined while the certificate will do. Throws `IOT_INPUT_INVALID` as `issueServerCertificate` does. */
export function serverRenewalReason(
  certificatePem: string,
  {rootPem, names, nowMs}: {rootPem: string; names: readonly string[]; nowMs: number},
): RenewalReason | undefined {
  const certificate = new X509Certificate(certificatePem);
  const root = new X509Certificate(rootPem);
  if (!certificate.verify(root.publicKey)) return 'authority';
  const covered = serverCertificateNames(certificatePem);
  if (parseServerNames(names).some(({value}) => !covered.includes(value))) return 'names';
  return isRenewalDue(certificate, nowMs) ? 'age' : undefined;
}
