import {X509Certificate} from 'node:crypto';
import {beforeAll, expect, it} from 'vitest';
import {DAY_MS, type KeyedCertificate} from '../../src/pki/issue.js';
import {issueServerCertificate} from '../../src/pki/server-certificate.js';
import {serverCertificateNames, serverRenewalReason} from '../../src/pki/server-renewal.js';
import {makeAuthorities} from '../support/certificates.js';
import {openssl} from '../support/openssl.js';

const NAMES = ['Localhost', '127.0.0.1', '::1', 'FE80:0::12', 'iot.example.com', 'localhost'];

let root: KeyedCertificate;
beforeAll(async () => {
  ({root} = await makeAuthorities());
});

const made = (names: string[] = NAMES, nowMs = Date.now()) => issueServerCertificate(root, {names, nowMs});

it('carries host names and addresses, each once, each as what it is', async () => {
  const {certificatePem} = await made();
  expect(serverCertificateNames(certificatePem)).toEqual([
    '127.0.0.1',
    '::1',
    'fe80::12',
    'iot.example.com',
    'localhost',
  ]);
  const certificate = new X509Certificate(certificatePem);
  expect(certificate.checkIP('fe80::12')).toBe('fe80::12');
  expect(certificate.checkHost('iot.example.com')).toBe('iot.example.com');
  expect(certificate.checkHost('127.0.0.1')).toBeUndefined();
  expect(certificate.keyUsage).toEqual(['1.3.6.1.5.5.7.3.1']);
});

it('is accepted by openssl for a host name and for an address', async () => {
  const files = {'root.pem': root.certificatePem, 'leaf.pem': (await made()).certificatePem};
  const verify = ['verify', '-x509_strict', '-CAfile', 'root.pem', '-purpose', 'sslserver'];
  for (const name of [
    ['-verify_hostname', 'localhost'],
    ['-verify_ip', '::1'],
    ['-verify_ip', '127.0.0.1'],
  ]) {
    expect(await openssl(files, ...verify, ...name, 'leaf.pem')).toEqual({ok: true, text: 'leaf.pem: OK'});
  }
  expect(await openssl(files, ...verify, '-verify_hostname', 'example.com', 'leaf.pem')).toMatchObject({
    ok: false,
  });
});

it.each([
  '*.example.com',
  '',
  'a b',
  'x_y',
  '-x',
  '1.2.3',
  '256.1.1.1',
  'fe80::1%eth0',
  'ü.example',
  'a..b',
  'x'.repeat(64),
])('refuses the name %j', async name => {
  await expect(made(['localhost', name])).rejects.toMatchObject({code: 'IOT_INPUT_INVALID'});
});

it('refuses to be for nobody', async () => {
  await expect(made([])).rejects.toMatchObject({code: 'IOT_INPUT_INVALID'});
});

it('is renewed when a name is missing, two thirds of its life are over, or its root is another', async () => {
  const nowMs = Date.now();
  const {certificatePem} = await made(NAMES, nowMs);
  const reason = (more: {rootPem?: string; names?: string[]; nowMs?: number}) =>
    serverRenewalReason(certificatePem, {rootPem: root.certificatePem, names: NAMES, nowMs, ...more});
  expect(reason({})).toBeUndefined();
  expect(reason({names: ['0:0::1', 'LOCALHOST']})).toBeUndefined();
  expect(reason({names: [...NAMES, '127.0.0.2']})).toBe('names');
  expect(reason({nowMs: nowMs + 264 * DAY_MS})).toBeUndefined();
  expect(reason({nowMs: nowMs + 265 * DAY_MS})).toBe('age');
  expect(reason({rootPem: (await makeAuthorities()).root.certificatePem})).toBe('authority');
});

it('never outlives its root', async () => {
  const endMs = Date.parse(new X509Certificate(root.certificatePem).validTo);
  const {certificatePem} = await made(['localhost'], endMs - DAY_MS);
  expect(Date.parse(new X509Certificate(certificatePem).validTo)).toBe(endMs);
});
