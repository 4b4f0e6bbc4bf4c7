/**
 * Does a customer have the key of the authority that it registers? It signs a certificate with a code of ours as its common
 * name, which nobody can who only has the authority's public certificate.
 */
import {randomBytes, type X509Certificate} from 'node:crypto';
import {IotctlError} from '../domain/errors.js';
import {CLIENT_AUTH} from './constraints.js';
import {authorityKeyFault} from './keys.js';
import {commonName, oneLine} from './names.js';
import {findPath} from './path.js';
import {readCertificates} from './read.js';
import {describeValidityFault, validityFault} from './validity.js';

const CODE_BYTES = 24;

/** 192 random bits, which fit into a common name. */
export const newPossessionCode = (): string => randomBytes(CODE_BYTES).toString('hex');

/**
 * Gives the authority's certificate back, as one PEM block with nothing around it. Throws `IOT_CERTIFICATE_REFUSED` when it
 * is no authority (CA:true), too weak, not valid now, or when the proof is not a valid certificate for the code that it signed; `IOT_INPUT_INVALID` for a PEM that cannot be read.
 */
export function checkPossession(options: {
  caPem: string;
  proofPem: string;
  code: string;
  nowMs: number;
}): string {
  const {code, nowMs} = options;
  const authority = single(options.caPem, 'authority');
  const proof = single(options.proofPem, 'proof');
  const weak = authorityKeyFault(authority.publicKey);
  if (weak !== undefined) throw refused(`the authority has ${weak}`);
  if (commonName(proof) !== code) {
    throw refused(`the proof’s subject is ${oneLine(proof.subject)}, not CN=${code}`);
  }
  const path = findPath({
    leaf: proof,
    presentedDer: [],
    anchors: [authority],
    certificateOf: certificate => certificate,
    purpose: CLIENT_AUTH,
    nowMs,
  });
  if (!path.ok) throw refused(path.detail);
  const fault = validityFault(proof, nowMs);
  if (fault !== undefined) throw refused(`the proof is ${describeValidityFault(proof, fault)}`);
  return authority.toString();
}

function single(pem: string, what: string): X509Certificate {
  const certificates = readCertificates(pem);
  if (certificates.length !== 1)
    throw refused(`the ${what} is ${certificates.length} certificates in PEM, not one`);
  return certificates[0]!;
}

const refused = (message: string): IotctlError => new IotctlError('IOT_CERTIFICATE_REFUSED', message);
