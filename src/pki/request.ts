/** Certificate requests (PKCS #10, RFC 2986): made where the key is to stay, checked where it is signed. */
import {createPublicKey} from 'node:crypto';
import {IotctlError} from '../domain/errors.js';
import {isDeviceId} from '../domain/ids.js';
import {nameOf, pemOf} from './issue.js';
import {deviceKeyFault, newKeyPair, privateKeyPem, signingAlgorithm} from './keys.js';
import {Pkcs10CertificateRequest, Pkcs10CertificateRequestGenerator} from './x509.js';

const REQUEST_BYTES_MAX = 16 * 1024;

/** One block and nothing else; the second label is what older tools write. */
const REQUEST_PEM =
  /^\s*-----BEGIN (NEW )?CERTIFICATE REQUEST-----\r?\n([A-Za-z0-9+/=\r\n]+)-----END \1?CERTIFICATE REQUEST-----\s*$/;

/** Makes a P-256 key, and a request for it that the key itself has signed. The key never leaves the caller's machine. */
export async function createCertificateRequest(options: {
  device: string;
  tenant?: string;
}): Promise<{requestPem: string; keyPem: string}> {
  const keys = await newKeyPair('P-256');
  const request = await Pkcs10CertificateRequestGenerator.create({
    name: nameOf({
      commonName: options.device,
      ...(options.tenant !== undefined && {organization: options.tenant}),
    }),
    keys,
    signingAlgorithm: signingAlgorithm('P-256'),
  });
  return {requestPem: pemOf(request), keyPem: privateKeyPem(keys.privateKey)};
}

/**
 * Gives the public key that the request asks a certificate for (DER, SubjectPublicKeyInfo), the only thing of it that is used.
 * Throws `IOT_CERTIFICATE_REFUSED` unless the request is signed with that key, is for this device, and the key is strong enough.
 * Without `device` any name will do: a device that redeems a code need not know yet what it will be called.
 */
export async function checkCertificateRequest(
  requestPem: string,
  device: string | undefined,
): Promise<Buffer> {
  const {request, names, publicKey} = parse(requestPem);
  if (device !== undefined && (names.length !== 1 || names[0] !== device || !isDeviceId(device))) {
    throw refused(`the certificate request is not for device ${device}`);
  }
  const fault = publicKeyFault(publicKey);
  if (fault !== undefined) throw refused(`the certificate request has ${fault}`);
  if (!(await isSigned(request))) throw refused('the certificate request is not signed with its own key');
  return publicKey;
}

interface ParsedRequest {
  readonly request: Pkcs10CertificateRequest;
  /** Common names. */
  readonly names: readonly string[];
  readonly publicKey: Buffer;
}

function parse(requestPem: string): ParsedRequest {
  if (Buffer.byteLength(requestPem) > REQUEST_BYTES_MAX)
    throw refused('the certificate request is over 16 KiB');
  const [, , base64] = REQUEST_PEM.exec(requestPem) ?? [];
  if (base64 === undefined) throw refused('not a certificate request in PEM');
  try {
    const request = new Pkcs10CertificateRequest(Buffer.from(base64, 'base64'));
    const names = request.subjectName.getField('CN');
    return {request, names, publicKey: Buffer.from(request.publicKey.rawData)};
  } catch (error) {
    throw refused('the certificate request cannot be read', error);
  }
}

function publicKeyFault(spki: Buffer): string | undefined {
  try {
    return deviceKeyFault(createPublicKey({key: spki, format: 'der', type: 'spki'}));
  } catch {
    return 'a key that cannot be read';
  }
}

async function isSigned(request: Pkcs10CertificateRequest): Promise<boolean> {
  try {
    return await request.verify();
  } catch {
    return false;
  }
}

const refused = (message: string, cause?: unknown): IotctlError =>
  new IotctlError('IOT_CERTIFICATE_REFUSED', message, {cause});
