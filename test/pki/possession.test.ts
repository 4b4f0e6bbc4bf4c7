import {X509Certificate} from 'node:crypto';
import {beforeAll, describe, expect, it} from 'vitest';
import {DAY_MS, type KeyedCertificate} from '../../src/pki/issue.js';
import {checkPossession, newPossessionCode} from '../../src/pki/possession.js';
import {
  makeAuthorities,
  makeAuthorityBelow,
  makeDeviceCertificate,
  makeOddCertificate,
} from '../support/certificates.js';
import {openssl} from '../support/openssl.js';

const code = newPossessionCode();

let authority: KeyedCertificate;
beforeAll(async () => {
  authority = (await makeAuthorities()).root;
});

const proofBy = async (signer: KeyedCertificate, oddities: Parameters<typeof makeOddCertificate>[1] = {}) =>
  (await makeOddCertificate(signer, {commonName: code, names: [], ...oddities})).certificatePem;

const check = (caPem: string, proofPem: string, nowMs = Date.now()) =>
  checkPossession({caPem, proofPem, code, nowMs});

const refused = (message: RegExp) =>
  expect.objectContaining({code: 'IOT_CERTIFICATE_REFUSED', message: expect.stringMatching(message)});

it('takes 192 bits that nobody guesses, and that a common name can hold', () => {
  expect(newPossessionCode()).toMatch(/^[0-9a-f]{48}$/);
  expect(newPossessionCode()).not.toBe(newPossessionCode());
});

it('is proven by a certificate for the code, signed by the authority', async () => {
  const pem = check(`Our authority:\n${authority.certificatePem}`, await proofBy(authority));
  expect(pem).toBe(new X509Certificate(authority.certificatePem).toString());
});

it('is proven with openssl, as a customer does it', async () => {
  const files = {'ca.pem': authority.certificatePem, 'ca.key': authority.keyPem};
  const args = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', '/dev/null'];
  const made = await openssl(
    files,
    'req',
    '-x509',
    '-CA',
    'ca.pem',
    '-CAkey',
    'ca.key',
    '-subj',
    `/CN=${code}`,
    ...args,
  );
  expect(check(authority.certificatePem, made.text)).toContain('BEGIN CERTIFICATE');
});

describe('possession is not proven', () => {
  it.each([
    ['for another code', async () => proofBy(authority, {commonName: newPossessionCode()}), /subject is CN=/],
    ['by another authority', async () => proofBy((await makeAuthorities()).root), /no trusted authority/],
    [
      'with an expired proof',
      async () => proofBy(authority, {notAfterMs: Date.now() - 5000}),
      /proof is expired/,
    ],
    ['with the authority itself', async () => authority.certificatePem, /proof’s subject/],
    ['with nothing', async () => '', /proof is 0 certificates/],
    [
      'with two',
      async () => `${await proofBy(authority)}\n${await proofBy(authority)}`,
      /proof is 2 certificates/,
    ],
  ])('%s', async (_, proof, message) => {
    const proofPem = await proof();
    expect(() => check(authority.certificatePem, proofPem)).toThrow(refused(message));
  });

  it('of a device’s certificate, which is no authority', async () => {
    const device = await makeDeviceCertificate((await makeAuthorities()).issuing);
    const proofPem = await proofBy(device);
    expect(() => check(device.certificatePem, proofPem)).toThrow(refused(/CA:false/));
  });

  it('of an authority that is expired', async () => {
    const below = await makeAuthorityBelow(authority, {notAfterMs: Date.now() + DAY_MS});
    const proofPem = await proofBy(below);
    expect(check(below.certificatePem, proofPem)).toContain('BEGIN CERTIFICATE');
    expect(() => check(below.certificatePem, proofPem, Date.now() + 2 * DAY_MS)).toThrow(
      refused(/is expired since/),
    );
  });

  it('of an authority with a key that is too weak', async () => {
    const args = ['-newkey', 'rsa:1024', '-nodes', '-keyout', '/dev/null', '-subj', '/CN=weak'];
    const {text} = await openssl({}, 'req', '-x509', ...args);
    const proofPem = await proofBy(authority);
    expect(() => check(text, proofPem)).toThrow(refused(/RSA key of 1024 bits/));
  });
});
