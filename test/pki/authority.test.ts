import {X509Certificate} from 'node:crypto';
import {expect, it} from 'vitest';
import {createRootAuthority} from '../../src/pki/authority.js';
import {constraintsOf} from '../../src/pki/constraints.js';
import {DAY_MS} from '../../src/pki/issue.js';
import {makeAuthorities, makeDeviceCertificate} from '../support/certificates.js';
import {openssl} from '../support/openssl.js';

const NOW_MS = Date.UTC(2026, 5, 1);
const YEAR_MS = 365 * DAY_MS;

it('makes a P-384 root for ten years that may have one authority below it', async () => {
  const {certificatePem} = await createRootAuthority({name: 'iotctl at home, "A=B"', nowMs: NOW_MS});
  const root = new X509Certificate(certificatePem);
  expect(root.publicKey.asymmetricKeyDetails?.namedCurve).toBe('secp384r1');
  expect(root.verify(root.publicKey)).toBe(true);
  expect(root.subject).toContain('CN=iotctl at home\\, \\"A=B\\"');
  expect(constraintsOf(root)).toMatchObject({
    isAuthority: true,
    pathLength: 1,
    keyUsage: 0x06,
    weakSignature: false,
  });
  expect(Date.parse(root.validTo) - NOW_MS).toBeGreaterThan(10 * YEAR_MS);
  expect(Date.parse(root.validFrom)).toBe(NOW_MS - 5 * 60_000);
});

it('makes a P-256 authority for a tenant, with no authority below it', async () => {
  const {issuing, root} = await makeAuthorities('acme', NOW_MS);
  const certificate = new X509Certificate(issuing.certificatePem);
  expect(certificate.publicKey.asymmetricKeyDetails?.namedCurve).toBe('prime256v1');
  expect(certificate.subject).toBe('CN=iotctl devices of acme\nO=acme');
  expect(certificate.checkIssued(new X509Certificate(root.certificatePem))).toBe(true);
  expect(constraintsOf(certificate)).toMatchObject({isAuthority: true, pathLength: 0});
  expect(Date.parse(certificate.validTo) - NOW_MS).toBeGreaterThan(5 * YEAR_MS);
});

it('makes chains that openssl accepts, strictly read', async () => {
  const {root, issuing} = await makeAuthorities();
  const device = await makeDeviceCertificate(issuing, {device: `p${'x'.repeat(127)}`});
  const files = {
    'root.pem': root.certificatePem,
    'issuing.pem': issuing.certificatePem,
    'leaf.pem': device.certificatePem,
  };
  const verify = ['verify', '-x509_strict', '-CAfile', 'root.pem', '-untrusted', 'issuing.pem'];
  expect(await openssl(files, ...verify, '-purpose', 'sslclient', 'leaf.pem')).toEqual({
    ok: true,
    text: 'leaf.pem: OK',
  });
  expect(await openssl(files, ...verify, '-purpose', 'sslserver', 'leaf.pem')).toMatchObject({ok: false});
  expect(await openssl(files, 'verify', '-x509_strict', '-CAfile', 'root.pem', 'issuing.pem')).toMatchObject({
    ok: true,
  });
});

it('makes private keys that openssl finds sound', async () => {
  const {root, issuing} = await makeAuthorities();
  for (const {keyPem} of [root, issuing]) {
    expect(await openssl({'key.pem': keyPem}, 'pkey', '-in', 'key.pem', '-check', '-noout')).toMatchObject({
      ok: true,
    });
  }
});
