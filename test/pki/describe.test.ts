import {X509Certificate} from 'node:crypto';
import {expect, it} from 'vitest';
import {describeCertificate, fingerprintSha256} from '../../src/pki/describe.js';
import {DAY_MS} from '../../src/pki/issue.js';
import {issueServerCertificate} from '../../src/pki/server-certificate.js';
import {
  derOf,
  GENERATION,
  makeAuthorities,
  makeDeviceCertificate,
  makeOddCertificate,
} from '../support/certificates.js';
import {openssl} from '../support/openssl.js';

const NOW_MS = Date.UTC(2026, 5, 1, 12);

it('says what a device’s certificate is, from PEM and from DER alike', async () => {
  const {issuing} = await makeAuthorities('acme', NOW_MS);
  const {certificatePem, serialHex} = await makeDeviceCertificate(issuing, {nowMs: NOW_MS});
  const description = describeCertificate(certificatePem);
  expect(description).toEqual({
    subject: 'CN=pump-1, O=acme',
    issuer: 'CN=iotctl devices of acme, O=acme',
    serialHex,
    notBefore: '2026-06-01T11:55:00Z',
    notAfter: new Date(NOW_MS + 90 * DAY_MS).toISOString().replace('.000', ''),
    names: [`URI:urn:iotctl:acme:pump-1:${GENERATION}`],
    usages: ['clientAuth'],
    isAuthority: false,
    fingerprint256: fingerprintSha256(certificatePem),
  });
  expect(describeCertificate(derOf(certificatePem))).toEqual(description);
  expect(describeCertificate(issuing.certificatePem)).toMatchObject({
    isAuthority: true,
    names: [],
    usages: [],
  });
});

it('says the fingerprint that openssl says', async () => {
  const {root} = await makeAuthorities();
  const {text} = await openssl(
    {'a.pem': root.certificatePem},
    'x509',
    '-in',
    'a.pem',
    '-noout',
    '-fingerprint',
    '-sha256',
  );
  expect(text).toBe(`sha256 Fingerprint=${fingerprintSha256(root.certificatePem)}`);
});

it('writes an IPv6 address in its short form', async () => {
  const {root} = await makeAuthorities();
  const {certificatePem} = await issueServerCertificate(root, {names: ['::1', 'localhost'], nowMs: NOW_MS});
  expect(describeCertificate(certificatePem).names).toEqual(['IP:::1', 'DNS:localhost']);
});

it('keeps a name with commas and quotation marks one name', async () => {
  const {issuing} = await makeAuthorities();
  const names = [
    {type: 'url' as const, value: 'urn:x, DNS:"a\\b", IP:1'},
    {type: 'dns' as const, value: 'b'},
  ];
  const {certificatePem} = await makeOddCertificate(issuing, {names});
  expect(describeCertificate(certificatePem).names).toEqual(['URI:urn:x, DNS:"a\\b", IP:1', 'DNS:b']);
});

it.each(['', 'nothing', Buffer.from('3000', 'hex')])('knows that %j is no certificate', text => {
  expect(() => describeCertificate(text)).toThrow(expect.objectContaining({code: 'IOT_INPUT_INVALID'}));
});

it('agrees with node about who signed a certificate', async () => {
  const {root, issuing} = await makeAuthorities();
  expect(
    new X509Certificate(issuing.certificatePem).checkIssued(new X509Certificate(root.certificatePem)),
  ).toBe(true);
});
