/** Whatever arrives, the answer is one of ours: what a library throws of its own would be shown as a bug. */
import {describe, expect, it} from 'vitest';
import {IotctlError} from '../../src/domain/errors.js';
import {describeCertificate} from '../../src/pki/describe.js';
import {signDeviceRequest} from '../../src/pki/device-certificate.js';
import {diagnoseServerCertificate} from '../../src/pki/diagnose.js';
import {checkPossession} from '../../src/pki/possession.js';
import {readRevocationList} from '../../src/pki/read-revocation-list.js';
import {createCertificateRequest} from '../../src/pki/request.js';
import {createRevocationList} from '../../src/pki/revocation-list.js';
import {derOf, GENERATION, makeAuthorities, makeDeviceCertificate} from '../support/certificates.js';

const TIMEOUT_MS = 60_000;

const derOfPem = (pem: string): Buffer => Buffer.from(pem.replaceAll(/-----[^-]+-----|\s/g, ''), 'base64');

const pemOf = (label: string, der: Buffer): string =>
  `-----BEGIN ${label}-----\n${der.toString('base64')}\n-----END ${label}-----\n`;

/** The bytes with each one of them in turn made the least and the greatest, and cut off there. */
function* spoilt(bytes: Buffer): Generator<Buffer> {
  for (let index = 0; index < bytes.length; index++) {
    for (const byte of [0x00, 0x30, 0xff, bytes[index]! ^ 0x01]) {
      const copy = Buffer.from(bytes);
      copy[index] = byte;
      yield copy;
    }
    yield bytes.subarray(0, index);
  }
}

/** Everything that was thrown and is not an error of ours. */
async function strangers(inputs: Iterable<Buffer>, take: (input: Buffer) => unknown): Promise<string[]> {
  const found = new Set<string>();
  for (const input of inputs) {
    try {
      await take(input);
    } catch (error) {
      if (!(error instanceof IotctlError)) found.add(String(error instanceof Error ? error.stack : error));
    }
  }
  return [...found];
}

describe('is answered by an error of ours, or not at all', {timeout: TIMEOUT_MS}, () => {
  it('a spoilt certificate', async () => {
    const {issuing} = await makeAuthorities();
    const der = derOf((await makeDeviceCertificate(issuing)).certificatePem);
    expect(await strangers(spoilt(der), describeCertificate)).toEqual([]);
  });

  it('a spoilt authority', async () => {
    const {root, issuing} = await makeAuthorities();
    const take = (der: Buffer) =>
      checkPossession({
        caPem: pemOf('CERTIFICATE', der),
        proofPem: issuing.certificatePem,
        code: 'iotctl devices of acme',
        nowMs: Date.now(),
      });
    expect(await strangers(spoilt(derOf(root.certificatePem)), take)).toEqual([]);
  });

  it('a spoilt certificate of a server', async () => {
    const {root} = await makeAuthorities();
    const take = (der: Buffer) =>
      diagnoseServerCertificate({
        certificatesDer: [der, der],
        expectedHost: 'localhost',
        trustedPem: [root.certificatePem],
        nowMs: Date.now(),
      });
    expect(await strangers(spoilt(derOf(root.certificatePem)), take)).toEqual([]);
  });

  it('a spoilt certificate request', async () => {
    const {issuing} = await makeAuthorities();
    const {requestPem} = await createCertificateRequest({device: 'pump-1', tenant: 'acme'});
    const who = {tenant: 'acme', device: 'pump-1', generation: GENERATION, nowMs: Date.now(), days: 90};
    const take = (der: Buffer) =>
      signDeviceRequest(issuing, {...who, requestPem: pemOf('CERTIFICATE REQUEST', der)});
    expect(await strangers(spoilt(derOfPem(requestPem)), take)).toEqual([]);
  });

  it('a spoilt revocation list', async () => {
    const {issuing} = await makeAuthorities();
    const revoked = [{serialHex: '0a', revokedMs: Date.now(), reason: 'superseded' as const}];
    const times = {nowMs: Date.now(), nextUpdateMs: Date.now()};
    const {der} = createRevocationList(issuing, {revoked, number: 1, ...times});
    expect(await strangers(spoilt(der), bytes => readRevocationList(bytes, issuing.certificatePem))).toEqual(
      [],
    );
  });
});
