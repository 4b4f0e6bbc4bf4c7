/** What OpenSSL and Node say about a certificate that they refuse, in words. */
import {IotctlError} from '../domain/errors.js';

/** The codes of OpenSSL's verification (openssl-verification-options(1)), as Node names them, and Node's own. */
const REASONS: Readonly<Record<string, string>> = {
  CERT_HAS_EXPIRED: 'has expired',
  CERT_NOT_YET_VALID: 'is not valid yet; are both clocks right?',
  ERR_TLS_CERT_ALTNAME_INVALID: 'is for another host',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'is of a CA that is not known here',
  UNABLE_TO_GET_ISSUER_CERT: 'is of a CA that is not known here',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'is of a CA that is not known here',
  SELF_SIGNED_CERT_IN_CHAIN: 'is of a CA that is not known here',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'is of a CA that is not known here: it is self-signed',
  CERT_UNTRUSTED: 'is of a CA that is not trusted',
  CERT_SIGNATURE_FAILURE: 'is not signed by the CA that it names',
  CERT_REVOKED: 'has been revoked',
  CERT_REJECTED: 'is not accepted',
  CERT_CHAIN_TOO_LONG: 'has too long a chain',
  INVALID_CA: 'is signed by a certificate that is not of a CA',
  INVALID_PURPOSE: 'is not for a server',
  PATH_LENGTH_EXCEEDED: 'has more CAs below its CA than that allows',
  HOSTNAME_MISMATCH: 'is for another host',
};

/** The reasons that another CA or a fingerprint would change. */
const UNKNOWN_CA = /not known here|not trusted/;

/** `IOT_TLS_UNTRUSTED` with the reason, where that is what went wrong; undefined for any other failure. */
export function untrusted(host: string, error: unknown): IotctlError | undefined {
  if (error instanceof IotctlError) return error.code === 'IOT_TLS_UNTRUSTED' ? error : undefined;
  const {code, cert} = error as NodeJS.ErrnoException & {cert?: {subjectaltname?: string}};
  const why = code !== undefined && Object.hasOwn(REASONS, code) ? REASONS[code] : undefined;
  if (why === undefined) return undefined;
  // Node gives the certificate where the host is what is wrong: then it helps to know which ones it is for.
  const details = cert === undefined ? '' : `: ${cert.subjectaltname ?? 'it names none'}`;
  return new IotctlError('IOT_TLS_UNTRUSTED', `the certificate of ${host} ${why}${details}`, {cause: error});
}

export const isUnknownCa = (error: unknown): boolean =>
  error instanceof IotctlError && error.code === 'IOT_TLS_UNTRUSTED' && UNKNOWN_CA.test(error.message);
