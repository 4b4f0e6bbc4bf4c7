/** A certificate in words that a person, or a program, can compare. */
import type {X509Certificate} from 'node:crypto';
import {constraintsOf} from './constraints.js';
import {shortestAddress} from './host-name.js';
import {alternativeNames, oneLine} from './names.js';
import {readCertificate, serialHexOf} from './read.js';
import {timeText, validityOf} from './validity.js';

export interface CertificateDescription {
  /** On one line, such as `CN=pump-1, O=acme`. */
  readonly subject: string;
  readonly issuer: string;
  /** Lower case, without leading zeros. */
  readonly serialHex: string;
  /** RFC 3339, UTC. */
  readonly notBefore: string;
  readonly notAfter: string;
  /** Alternative names: `DNS:localhost`, `IP:::1`, `URI:urn:iotctl:…`. */
  readonly names: readonly string[];
  /** Purposes by their names in RFC 5280, such as `clientAuth`; an unknown one by its object identifier. */
  readonly usages: readonly string[];
  readonly isAuthority: boolean;
  /** SHA-256 of the DER: `AB:CD:…`. */
  readonly fingerprint256: string;
}

const PURPOSES: Record<string, string> = {
  '2.5.29.37.0': 'anyExtendedKeyUsage',
  '1.3.6.1.5.5.7.3.1': 'serverAuth',
  '1.3.6.1.5.5.7.3.2': 'clientAuth',
  '1.3.6.1.5.5.7.3.3': 'codeSigning',
  '1.3.6.1.5.5.7.3.4': 'emailProtection',
  '1.3.6.1.5.5.7.3.8': 'timeStamping',
  '1.3.6.1.5.5.7.3.9': 'OCSPSigning',
};

/** Throws `IOT_INPUT_INVALID` when the text or the bytes are no certificate. Of several in one PEM, the first. */
export function describeCertificate(pemOrDer: string | Buffer): CertificateDescription {
  const certificate = readCertificate(pemOrDer);
  const {notBeforeMs, notAfterMs} = validityOf(certificate);
  const purposes: readonly string[] | undefined = certificate.keyUsage;
  return {
    subject: oneLine(certificate.subject),
    issuer: oneLine(certificate.issuer),
    serialHex: serialHexOf(certificate),
    notBefore: timeText(notBeforeMs),
    notAfter: timeText(notAfterMs),
    names: namesOf(certificate),
    usages: (purposes ?? []).map(id => PURPOSES[id] ?? id),
    isAuthority: constraintsOf(certificate).isAuthority,
    fingerprint256: certificate.fingerprint256,
  };
}

/** `AB:CD:…`, as browsers and openssl show it. Throws `IOT_INPUT_INVALID` when it is no certificate. */
export const fingerprintSha256 = (pemOrDer: string | Buffer): string =>
  readCertificate(pemOrDer).fingerprint256;

/** Alternative names, each with its kind: `DNS:localhost`, `IP:::1`, `URI:urn:…`. */
export const namesOf = (certificate: X509Certificate): string[] =>
  alternativeNames(certificate).map(({type, value}) =>
    type === 'IP Address' ? `IP:${shortestAddress(value.toLowerCase())}` : `${type}:${value}`,
  );
