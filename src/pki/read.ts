/** Certificates from the texts and bytes that they come in. */
import {X509Certificate} from 'node:crypto';
import {IotctlError} from '../domain/errors.js';
import {constraintsOf} from './constraints.js';

const PEM_BLOCK = /-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\s]+-----END CERTIFICATE-----/g;

/** Of several in one PEM, the first. Throws `IOT_INPUT_INVALID` when it is none, or is not built as one should be. */
export function readCertificate(pemOrDer: string | Buffer): X509Certificate {
  try {
    const certificate = new X509Certificate(pemOrDer);
    // Both are read late, and would throw then.
    constraintsOf(certificate);
    void certificate.publicKey;
    return certificate;
  } catch (error) {
    throw new IotctlError('IOT_INPUT_INVALID', 'not a certificate in PEM or DER', {cause: error});
  }
}

/** Each certificate of a PEM, in its order; text around them is passed over. Throws `IOT_INPUT_INVALID` for a broken one. */
export const readCertificates = (pem: string): X509Certificate[] =>
  (pem.match(PEM_BLOCK) ?? []).map(readCertificate);

/** The one notation of a serial number: lower case, without leading zeros, with an even number of digits. */
export const serialHexOf = (certificate: X509Certificate): string => plainSerialHex(certificate.serialNumber);

export function plainSerialHex(serialHex: string): string {
  const digits = serialHex.toLowerCase().replace(/^0+(?=.)/, '');
  return digits.length % 2 === 0 ? digits : `0${digits}`;
}
