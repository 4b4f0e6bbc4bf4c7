/** Certificates that are really made and really signed, good and bad, for whoever has to tell them apart. */
import {X509Certificate} from 'node:crypto';
import {createIssuingAuthority, createRootAuthority} from '../../src/pki/authority.js';
import {signDeviceRequest} from '../../src/pki/device-certificate.js';
import {
  authorityExtensions,
  DAY_MS,
  endEntityExtensions,
  issue,
  type KeyedCertificate,
  nameOf,
  newSerialHex,
  pemOf,
  type Subject,
} from '../../src/pki/issue.js';
import {newKeyPair, privateKeyPem, signingAlgorithm} from '../../src/pki/keys.js';
import {createCertificateRequest} from '../../src/pki/request.js';
import {
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  type Extension,
  KeyUsageFlags,
  KeyUsagesExtension,
  SubjectAlternativeNameExtension,
  X509CertificateGenerator,
} from '../../src/pki/x509.js';

export const GENERATION = '0198c2f0-0000-7000-8000-000000000001';

/** What a test wants to be different from a proper certificate. */
export interface Oddities {
  commonName?: string;
  organization?: string;
  /** Alternative names; none at all when empty. */
  names?: {type: 'url' | 'dns' | 'ip'; value: string}[];
  usages?: ExtendedKeyUsage[];
  keyUsage?: KeyUsageFlags;
  notBeforeMs?: number;
  notAfterMs?: number;
  extensions?: Extension[];
}

export const derOf = (pem: string): Buffer => new X509Certificate(pem).raw;

/** A root and the issuing authority of one tenant. */
export async function makeAuthorities(tenant = 'acme', nowMs = Date.now()) {
  const root = await createRootAuthority({name: `iotctl test ${newSerialHex()}`, nowMs});
  return {root, issuing: await createIssuingAuthority(root, {tenant, nowMs})};
}

/** A device's certificate the proper way: request, then signature. */
export async function makeDeviceCertificate(
  issuing: KeyedCertificate,
  {tenant = 'acme', device = 'pump-1', generation = GENERATION, nowMs = Date.now(), days = 90} = {},
) {
  const {requestPem, keyPem} = await createCertificateRequest({device, tenant});
  const signed = await signDeviceRequest(issuing, {requestPem, tenant, device, generation, nowMs, days});
  return {...signed, keyPem};
}

/** A client certificate with whatever is odd about it; all else is as a device `pump-1` of tenant `acme` has it. */
export async function makeOddCertificate(
  issuer: KeyedCertificate,
  oddities: Oddities = {},
): Promise<KeyedCertificate> {
  const {commonName = 'pump-1', organization = 'acme', usages = [ExtendedKeyUsage.clientAuth]} = oddities;
  const names = oddities.names ?? [{type: 'url', value: `urn:iotctl:acme:pump-1:${GENERATION}`}];
  return make(issuer, {commonName, organization}, oddities, [
    new BasicConstraintsExtension(false, undefined, true),
    new KeyUsagesExtension(oddities.keyUsage ?? KeyUsageFlags.digitalSignature, true),
    ...(usages.length > 0 ? [new ExtendedKeyUsageExtension(usages)] : []),
    ...(names.length > 0 ? [new SubjectAlternativeNameExtension(names)] : []),
    ...(oddities.extensions ?? []),
  ]);
}

/** An authority that this one has signed, such as a customer's intermediate. */
export function makeAuthorityBelow(
  issuer: KeyedCertificate,
  {
    commonName = 'below',
    pathLength = 0,
    extensions = [],
    ...times
  }: Pick<Oddities, 'commonName' | 'notAfterMs' | 'extensions'> & {pathLength?: number} = {},
): Promise<KeyedCertificate> {
  return make(issuer, {commonName}, times, [...authorityExtensions(pathLength), ...extensions]);
}

/** A device's certificate in every respect, but signed by itself under a name of one's choice, such as an authority's. */
export async function makeSelfSigned(subject: Subject = {commonName: 'pump-1', organization: 'acme'}) {
  const keys = await newKeyPair('P-256');
  const certificate = await X509CertificateGenerator.createSelfSigned({
    serialNumber: newSerialHex(),
    name: nameOf(subject),
    notBefore: new Date(Date.now() - DAY_MS),
    notAfter: new Date(Date.now() + 90 * DAY_MS),
    keys,
    signingAlgorithm: signingAlgorithm('P-256'),
    extensions: [
      ...endEntityExtensions(),
      new ExtendedKeyUsageExtension([ExtendedKeyUsage.clientAuth, ExtendedKeyUsage.serverAuth]),
      new SubjectAlternativeNameExtension([{type: 'url', value: `urn:iotctl:acme:pump-1:${GENERATION}`}]),
    ],
  });
  return {certificatePem: pemOf(certificate), keyPem: privateKeyPem(keys.privateKey)};
}

async function make(
  issuer: KeyedCertificate,
  subject: Subject,
  times: {notBeforeMs?: number; notAfterMs?: number},
  extensions: Extension[],
): Promise<KeyedCertificate> {
  const keys = await newKeyPair('P-256');
  const certificate = await issue(issuer, {
    subject,
    publicKey: keys.publicKey,
    serialHex: newSerialHex(),
    notBeforeMs: times.notBeforeMs ?? Date.now() - DAY_MS,
    notAfterMs: times.notAfterMs ?? Date.now() + 90 * DAY_MS,
    extensions,
  });
  return {certificatePem: pemOf(certificate), keyPem: privateKeyPem(keys.privateKey)};
}
