/** The platform's own authorities: one root, and below it one issuing authority per tenant. */
import {
  authorityExtensions,
  BACKDATE_MS,
  DAY_MS,
  issue,
  type KeyedCertificate,
  nameOf,
  newSerialHex,
  pemOf,
  wholeSecond,
} from './issue.js';
import {newKeyPair, privateKeyPem, signingAlgorithm} from './keys.js';
import {SubjectKeyIdentifierExtension, X509CertificateGenerator} from './x509.js';

const ROOT_DAYS = 3653;
const ISSUING_DAYS = 1826;

/**
 * Makes the root: self-signed, P-384, ten years, with at most one authority below it. The name should be this installation's
 * alone, as two roots of one name in one trust store are hard to tell apart.
 */
export async function createRootAuthority(options: {name: string; nowMs: number}): Promise<KeyedCertificate> {
  const keys = await newKeyPair('P-384');
  const certificate = await X509CertificateGenerator.createSelfSigned({
    serialNumber: newSerialHex(),
    name: nameOf({commonName: options.name, organization: 'iotctl'}),
    notBefore: wholeSecond(options.nowMs - BACKDATE_MS),
    notAfter: wholeSecond(options.nowMs + ROOT_DAYS * DAY_MS),
    keys,
    signingAlgorithm: signingAlgorithm('P-384'),
    extensions: [...authorityExtensions(1), await SubjectKeyIdentifierExtension.create(keys.publicKey)],
  });
  return {certificatePem: pemOf(certificate), keyPem: privateKeyPem(keys.privateKey)};
}

/** Makes the authority that signs one tenant's devices: P-256, five years, no authority below it, `O={tenant}`. */
export async function createIssuingAuthority(
  root: KeyedCertificate,
  {tenant, nowMs}: {tenant: string; nowMs: number},
): Promise<KeyedCertificate> {
  const keys = await newKeyPair('P-256');
  const certificate = await issue(root, {
    subject: {commonName: `iotctl devices of ${tenant}`, organization: tenant},
    publicKey: keys.publicKey,
    serialHex: newSerialHex(),
    notBeforeMs: nowMs - BACKDATE_MS,
    notAfterMs: nowMs + ISSUING_DAYS * DAY_MS,
    extensions: authorityExtensions(0),
  });
  return {certificatePem: pemOf(certificate), keyPem: privateKeyPem(keys.privateKey)};
}
