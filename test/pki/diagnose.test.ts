import {beforeAll, expect, it} from 'vitest';
import {fingerprintSha256} from '../../src/pki/describe.js';
import {diagnoseServerCertificate} from '../../src/pki/diagnose.js';
import {DAY_MS, type KeyedCertificate} from '../../src/pki/issue.js';
import {issueServerCertificate} from '../../src/pki/server-certificate.js';
import {ExtendedKeyUsage, KeyUsageFlags} from '../../src/pki/x509.js';
import {
  derOf,
  makeAuthorities,
  makeAuthorityBelow,
  makeDeviceCertificate,
  makeOddCertificate,
  makeSelfSigned,
  type Oddities,
} from '../support/certificates.js';
import {openssl} from '../support/openssl.js';

const HOST: Oddities = {
  names: [{type: 'dns', value: 'localhost'}],
  usages: [ExtendedKeyUsage.serverAuth],
};

let root: KeyedCertificate;
let issuing: KeyedCertificate;
beforeAll(async () => {
  ({root, issuing} = await makeAuthorities());
});

function diagnose(pems: string[], more: Partial<Parameters<typeof diagnoseServerCertificate>[0]> = {}) {
  return diagnoseServerCertificate({
    certificatesDer: pems.map(derOf),
    expectedHost: 'localhost',
    trustedPem: [root.certificatePem],
    nowMs: Date.now(),
    ...more,
  });
}

/** The failed checks only, as `name: detail`. */
const faults = (...args: Parameters<typeof diagnose>) =>
  diagnose(...args)
    .filter(({ok}) => !ok)
    .map(({name, detail}) => `${name}: ${detail}`);

const odd = async (oddities: Oddities, issuer = root) =>
  (await makeOddCertificate(issuer, {...HOST, ...oddities})).certificatePem;

it('finds nothing wrong with the platform’s own certificate', async () => {
  const {certificatePem} = await issueServerCertificate(root, {
    names: ['localhost', '::1'],
    nowMs: Date.now(),
  });
  const checks = diagnose([certificatePem]);
  expect(checks.map(({name}) => name)).toEqual(['validity', 'usage', 'authority', 'name', 'key']);
  expect(checks.filter(({ok}) => !ok)).toEqual([]);
  expect(checks[2]?.detail).toContain(fingerprintSha256(root.certificatePem));
  expect(checks[4]?.detail).toBe('ec prime256v1');
  expect(faults([certificatePem], {expectedHost: '0:0::1'})).toEqual([]);
});

it('finds an authority in between that the server sent, and misses one that it did not send', async () => {
  const below = await makeAuthorityBelow(root, {commonName: 'below'});
  const leaf = await odd({}, below);
  expect(faults([leaf, below.certificatePem])).toEqual([]);
  expect(faults([leaf])).toEqual([
    expect.stringMatching(/^authority: .+CN=below, whose certificate the server did not send$/),
  ]);
});

it('trusts a certificate that is trusted itself', async () => {
  const {certificatePem} = await makeSelfSigned({commonName: 'localhost'});
  expect(diagnose([certificatePem], {trustedPem: [certificatePem]})[2]).toEqual({
    name: 'authority',
    ok: true,
    detail: 'trusted itself',
  });
});

it('says since when it is expired', async () => {
  const notAfterMs = Date.UTC(2026, 0, 2, 3, 4, 5);
  const leaf = await odd({notBeforeMs: notAfterMs - DAY_MS, notAfterMs});
  expect(faults([leaf])).toEqual(['validity: expired since 2026-01-02T03:04:05Z']);
});

it('says when it becomes valid', async () => {
  expect(faults([await odd({notBeforeMs: Date.UTC(2090, 0, 1), notAfterMs: Date.UTC(2091, 0, 1)})])).toEqual([
    'validity: not valid before 2090-01-01T00:00:00Z',
  ]);
});

it('says that it is no server’s', async () => {
  expect(faults([await odd({usages: [ExtendedKeyUsage.clientAuth]})])).toEqual([
    'usage: not for server authentication (serverAuth)',
  ]);
  expect(faults([await odd({keyUsage: KeyUsageFlags.cRLSign})])).toEqual([
    expect.stringMatching(/^usage: its key/),
  ]);
});

it('names an authority that is not trusted, with its fingerprint', async () => {
  const other = (await makeAuthorities()).root;
  const [fault, ...more] = faults([await odd({}, other), other.certificatePem]);
  expect(more).toEqual([]);
  expect(fault).toMatch(/^authority: .+ signed itself, and is not trusted; the issuer is CN=iotctl test/);
  expect(fault).toContain(fingerprintSha256(other.certificatePem));
});

it('names a certificate that signed itself', async () => {
  const {certificatePem} = await makeSelfSigned({commonName: 'localhost'});
  expect(faults([certificatePem])).toContainEqual(
    `authority: CN=localhost signed itself, and is not trusted; the issuer is CN=localhost (SHA-256 ${fingerprintSha256(certificatePem)})`,
  );
});

it('says that the issuer is no authority', async () => {
  const device = await makeDeviceCertificate(issuing);
  const leaf = await odd({}, device);
  const chain = [leaf, device.certificatePem, issuing.certificatePem];
  expect(faults(chain)).toEqual([
    expect.stringMatching(/^authority: the issuer CN=pump-1, O=acme is not an authority \(CA:false\)/),
  ]);
});

it('says that the issuer is expired', async () => {
  const below = await makeAuthorityBelow(root, {notAfterMs: Date.now() - 5000});
  const [fault] = faults([await odd({}, below), below.certificatePem]);
  expect(fault).toMatch(/^authority: the issuer CN=below is expired since /);
});

it('lists the names that the certificate has instead', async () => {
  const names: Oddities['names'] = [
    {type: 'dns', value: 'iot.example.com'},
    {type: 'ip', value: '::1'},
  ];
  expect(faults([await odd({names})])).toEqual([
    'name: not for localhost, but for DNS:iot.example.com, IP:::1',
  ]);
  expect(faults([await odd({names})], {expectedHost: '127.0.0.1'})[0]).toMatch(/^name: not for 127.0.0.1/);
  expect(faults([await odd({names: [], commonName: 'localhost'})])).toEqual([
    'name: not for localhost, but for no name at all',
  ]);
});

it('says that the key is too weak, and the signature', async () => {
  const args = ['-newkey', 'rsa:1024', '-sha1', '-nodes', '-keyout', '/dev/null', '-subj', '/CN=x'];
  const {text} = await openssl({}, 'req', '-x509', '-addext', 'subjectAltName=DNS:localhost', ...args);
  expect(faults([text], {trustedPem: [text]})).toEqual([
    'key: an RSA key of 1024 bits, which clients refuse',
  ]);
  const strong = await openssl(
    {},
    'req',
    '-x509',
    '-addext',
    'subjectAltName=DNS:localhost',
    ...args.with(1, 'rsa:2048'),
  );
  expect(faults([strong.text], {trustedPem: [strong.text]})).toEqual([
    'key: signed with an algorithm that can be forged',
  ]);
});

it('answers also when there is nothing to be read', () => {
  expect(faults([])).toEqual(['authority: the server sent no certificate']);
  const certificatesDer = [Buffer.from('3003020100', 'hex')];
  expect(faults([], {certificatesDer})).toEqual([
    'authority: the server sent a certificate that cannot be read',
  ]);
});
