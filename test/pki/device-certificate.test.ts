import {X509Certificate} from 'node:crypto';
import {beforeAll, describe, expect, it} from 'vitest';
import {constraintsOf} from '../../src/pki/constraints.js';
import {signDeviceRequest} from '../../src/pki/device-certificate.js';
import {DAY_MS, type KeyedCertificate} from '../../src/pki/issue.js';
import {createCertificateRequest} from '../../src/pki/request.js';
import {GENERATION, makeAuthorities} from '../support/certificates.js';
import {openssl} from '../support/openssl.js';

const NOW_MS = Date.UTC(2026, 5, 1, 12, 0, 0, 700);

let issuing: KeyedCertificate;
beforeAll(async () => {
  ({issuing} = await makeAuthorities('acme', NOW_MS));
});

const sign = (requestPem: string, more: Partial<Parameters<typeof signDeviceRequest>[1]> = {}) =>
  signDeviceRequest(issuing, {
    requestPem,
    tenant: 'acme',
    device: 'pump-1',
    generation: GENERATION,
    nowMs: NOW_MS,
    days: 90,
    ...more,
  });

const refused = (message: RegExp) =>
  expect.objectContaining({code: 'IOT_CERTIFICATE_REFUSED', message: expect.stringMatching(message)});

/** A request that openssl made, with a key of the kind that `args` ask for. */
async function requestByOpenssl(...args: string[]): Promise<string> {
  const {text} = await openssl(
    {},
    'req',
    '-new',
    '-nodes',
    '-keyout',
    '/dev/null',
    '-subj',
    '/CN=pump-1',
    ...args,
  );
  return (
    /-----BEGIN CERT[\s\S]+?REQUEST-----\n[\s\S]+?-----END CERT.+/.exec(text)?.[0] ?? `no request: ${text}`
  );
}

it('writes subject, alternative name, purpose and life itself', async () => {
  const {requestPem} = await createCertificateRequest({device: 'pump-1', tenant: 'globex'});
  const signed = await sign(requestPem);
  const certificate = new X509Certificate(signed.certificatePem);
  expect(certificate.subject).toBe('CN=pump-1\nO=acme');
  expect(certificate.subjectAltName).toBe(`URI:urn:iotctl:acme:pump-1:${GENERATION}`);
  expect(certificate.keyUsage).toEqual(['1.3.6.1.5.5.7.3.2']);
  expect(constraintsOf(certificate)).toMatchObject({isAuthority: false, keyUsage: 0x80});
  expect(signed.notBeforeMs).toBe(Date.UTC(2026, 5, 1, 11, 55));
  expect(signed.notAfterMs).toBe(Date.UTC(2026, 5, 1, 12) + 90 * DAY_MS);
  expect(Date.parse(certificate.validTo)).toBe(signed.notAfterMs);
  expect(signed.serialHex).toMatch(/^[4-7][0-9a-f]{31}$/);
  expect(certificate.serialNumber.toLowerCase()).toBe(signed.serialHex);
  expect(signed.fingerprintHex).toMatch(/^[0-9a-f]{64}$/);
  expect(signed.chainPem.match(/-----BEGIN CERTIFICATE-----\n/g)).toHaveLength(2);
});

it('certifies the key that the request was made with', async () => {
  const {requestPem, keyPem} = await createCertificateRequest({device: 'pump-1'});
  const {certificatePem} = await sign(requestPem);
  const text = (await openssl({'key.pem': keyPem}, 'pkey', '-in', 'key.pem', '-pubout')).text;
  const publicPem = new X509Certificate(certificatePem).publicKey.export({type: 'spki', format: 'pem'});
  expect(text.trim()).toBe(publicPem.toString().trim());
});

it('never outlives its issuing authority', async () => {
  const {requestPem} = await createCertificateRequest({device: 'pump-1'});
  const endMs = Date.parse(new X509Certificate(issuing.certificatePem).validTo);
  expect((await sign(requestPem, {nowMs: endMs - DAY_MS})).notAfterMs).toBe(endMs);
  await expect(sign(requestPem, {nowMs: endMs + DAY_MS})).rejects.toEqual(refused(/authority is expired/));
});

it.each([29.9, 398, Number.NaN])('does not sign for %d days', async days => {
  const {requestPem} = await createCertificateRequest({device: 'pump-1'});
  await expect(sign(requestPem, {days})).rejects.toMatchObject({code: 'IOT_INPUT_INVALID'});
});

it.each([
  ['P-256', ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256']],
  ['P-384', ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-384']],
  ['Ed25519', ['-newkey', 'ed25519']],
  ['RSA of 2048 bits', ['-newkey', 'rsa:2048']],
])('signs a request of openssl with a key of %s', async (_, args) => {
  const {certificatePem} = await sign(await requestByOpenssl(...args));
  expect(
    new X509Certificate(certificatePem).verify(new X509Certificate(issuing.certificatePem).publicKey),
  ).toBe(true);
});

it('takes nothing else from a request that asks for more', async () => {
  const asked = ['-addext', 'basicConstraints=critical,CA:TRUE', '-addext', 'subjectAltName=DNS:example.com'];
  const {certificatePem} = await sign(await requestByOpenssl('-newkey', 'rsa:2048', ...asked));
  const certificate = new X509Certificate(certificatePem);
  expect(certificate.ca).toBe(false);
  expect(certificate.subjectAltName).toBe(`URI:urn:iotctl:acme:pump-1:${GENERATION}`);
});

describe('a request is refused', () => {
  it.each([
    ['RSA of 1024 bits', ['-newkey', 'rsa:1024'], /RSA key of 1024 bits/],
    [
      'a curve that is not one of two',
      ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:secp256k1'],
      /secp256k1/,
    ],
    ['Ed448', ['-newkey', 'ed448'], /type ed448/],
  ])('for a key of %s', async (_, args, message) => {
    await expect(sign(await requestByOpenssl(...args))).rejects.toEqual(refused(message));
  });

  it('when it is for another device, or for two', async () => {
    const {requestPem} = await createCertificateRequest({device: 'pump-2'});
    await expect(sign(requestPem)).rejects.toEqual(refused(/not for device pump-1/));
    const both = await requestByOpenssl('-newkey', 'ed25519', '-subj', '/CN=pump-1/CN=pump-2');
    await expect(sign(both)).rejects.toEqual(refused(/not for device pump-1/));
  });

  it('when its key has not signed it', async () => {
    const [one, two] = await Promise.all([1, 2].map(() => createCertificateRequest({device: 'pump-1'})));
    const body = (pem: string) => Buffer.from(pem.replaceAll(/-----[^-]+-----|\s/g, ''), 'base64');
    const publicKeyOf = (der: Buffer) => der.indexOf(Buffer.from('03420004', 'hex')) + 4;
    const mixed = body(one!.requestPem);
    const other = body(two!.requestPem);
    other.copy(mixed, publicKeyOf(mixed), publicKeyOf(other), publicKeyOf(other) + 64);
    const pem = `-----BEGIN CERTIFICATE REQUEST-----\n${mixed.toString('base64')}\n-----END CERTIFICATE REQUEST-----\n`;
    await expect(sign(pem)).rejects.toEqual(refused(/not signed with its own key/));
  });

  it('when it is too large, two at once, a private key, or nothing of the kind', async () => {
    const {requestPem, keyPem} = await createCertificateRequest({device: 'pump-1'});
    await expect(sign(requestPem + ' '.repeat(16 * 1024))).rejects.toEqual(refused(/16 KiB/));
    for (const pem of [requestPem + requestPem, keyPem, '', 'x', requestPem.replace(/^M/m, 'A')]) {
      await expect(sign(pem)).rejects.toEqual(refused(/certificate request/));
    }
  });
});
