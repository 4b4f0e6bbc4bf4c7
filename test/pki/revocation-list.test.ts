import {beforeAll, expect, it} from 'vitest';
import {DAY_MS, type KeyedCertificate, newSerialHex} from '../../src/pki/issue.js';
import {readRevocationList} from '../../src/pki/read-revocation-list.js';
import {
  createRevocationList,
  REVOCATION_REASONS,
  type RevocationReason,
  type RevokedCertificate,
} from '../../src/pki/revocation-list.js';
import {makeAuthorities, makeDeviceCertificate} from '../support/certificates.js';
import {openssl} from '../support/openssl.js';

const NOW_MS = Math.floor(Date.now() / 1000) * 1000;
const TIMES = {nowMs: NOW_MS, nextUpdateMs: NOW_MS + DAY_MS};

let root: KeyedCertificate;
let issuing: KeyedCertificate;
beforeAll(async () => {
  ({root, issuing} = await makeAuthorities());
});

it('comes back with each serial number, time and reason', async () => {
  const revoked: RevokedCertificate[] = (Object.keys(REVOCATION_REASONS) as RevocationReason[]).map(
    (reason, index) => ({
      serialHex: index === 0 ? '0a' : newSerialHex(),
      revokedMs: NOW_MS - index * 1000,
      reason,
    }),
  );
  for (const number of [0, 127, 128, 70_000, Number.MAX_SAFE_INTEGER]) {
    const {pem, der} = createRevocationList(issuing, {revoked, number, ...TIMES});
    const expected = {number, thisUpdateMs: NOW_MS, nextUpdateMs: NOW_MS + DAY_MS, revoked};
    expect(readRevocationList(pem, issuing.certificatePem)).toEqual(expected);
    expect(readRevocationList(der, issuing.certificatePem)).toEqual(expected);
  }
});

it('may be empty', async () => {
  const {pem} = createRevocationList(issuing, {revoked: [], number: 1, ...TIMES});
  expect(readRevocationList(pem, issuing.certificatePem)).toMatchObject({revoked: []});
});

it('makes openssl refuse what is on it, and only that', async () => {
  const gone = await makeDeviceCertificate(issuing, {device: 'gone'});
  const kept = await makeDeviceCertificate(issuing, {device: 'kept'});
  const revoked = [{serialHex: gone.serialHex, revokedMs: NOW_MS, reason: 'keyCompromise' as const}];
  const {pem} = createRevocationList(issuing, {revoked, number: 7, ...TIMES});
  const files = {
    'root.pem': root.certificatePem,
    'issuing.pem': issuing.certificatePem,
    'list.pem': pem,
    'gone.pem': gone.certificatePem,
    'kept.pem': kept.certificatePem,
  };
  const verify = [
    'verify',
    '-CAfile',
    'root.pem',
    '-untrusted',
    'issuing.pem',
    '-crl_check',
    '-CRLfile',
    'list.pem',
  ];
  expect(await openssl(files, ...verify, 'kept.pem')).toEqual({ok: true, text: 'kept.pem: OK'});
  const refused = await openssl(files, ...verify, 'gone.pem');
  expect(refused).toMatchObject({ok: false, text: expect.stringContaining('certificate revoked')});
  const {text} = await openssl(files, 'crl', '-in', 'list.pem', '-noout', '-text');
  expect(text).toMatch(/CRL Number:\s+7\b/);
  expect(text).toContain('Key Compromise');
});

it('is refused when another authority signed it, or one byte of it was changed', async () => {
  const revoked = [{serialHex: '0a', revokedMs: NOW_MS, reason: 'superseded' as const}];
  const {pem, der} = createRevocationList(issuing, {revoked, number: 1, ...TIMES});
  const {issuing: twin} = await makeAuthorities();
  const refusal = expect.objectContaining({code: 'IOT_CERTIFICATE_REFUSED'});
  expect(() => readRevocationList(pem, twin.certificatePem)).toThrow(refusal);
  const serial = der.indexOf(Buffer.from('02010a', 'hex')) + 2;
  der[serial] = 0x0b;
  expect(() => readRevocationList(der, issuing.certificatePem)).toThrow(refusal);
});

it.each(['', 'nothing', '-----BEGIN X509 CRL-----\nAAAA\n-----END X509 CRL-----\n'])('is not %j', text => {
  const read = () => readRevocationList(text, issuing.certificatePem);
  expect(read).toThrow(expect.objectContaining({code: 'IOT_INPUT_INVALID'}));
});

it('is made and read with ten thousand entries, and for the years after 2049', () => {
  const revokedMs = Date.UTC(2051, 0, 2, 3, 4, 5);
  const revoked = Array.from({length: 10_000}, () => ({
    serialHex: newSerialHex(),
    revokedMs,
    reason: 'unspecified' as const,
  }));
  const {pem} = createRevocationList(issuing, {revoked, number: 1, ...TIMES});
  expect(readRevocationList(pem, issuing.certificatePem).revoked).toEqual(revoked);
});

it('of openssl is read as well, but not when it is only a part', async () => {
  const files = {
    'ca.pem': root.certificatePem,
    'ca.key': root.keyPem,
    'index.txt': `R\t300101000000Z\t260102030405Z,keyCompromise\tC1\tunknown\t/CN=x\nR\t300101000000Z\t260102030406Z\t0B\tunknown\t/CN=y\n`,
    number: '2A\n',
    'ca.cnf': [
      '[ca]\ndefault_ca = a\n[a]\ndatabase = index.txt\ndefault_md = sha384\ncrlnumber = number\ncrl_extensions = e',
      '[part]\ndatabase = index.txt\ndefault_md = sha384\ncrlnumber = number\ncrl_extensions = p',
      '[e]\nauthorityKeyIdentifier = keyid\n[p]\nissuingDistributionPoint = critical, onlyuser:TRUE\n',
    ].join('\n'),
  };
  const args = [
    'ca',
    '-gencrl',
    '-config',
    'ca.cnf',
    '-cert',
    'ca.pem',
    '-keyfile',
    'ca.key',
    '-crldays',
    '7',
  ];
  const whole = await openssl(files, ...args);
  expect(readRevocationList(whole.text, root.certificatePem)).toMatchObject({
    number: 42,
    revoked: [
      {serialHex: '0b', revokedMs: Date.UTC(2026, 0, 2, 3, 4, 6), reason: 'unspecified'},
      {serialHex: 'c1', revokedMs: Date.UTC(2026, 0, 2, 3, 4, 5), reason: 'keyCompromise'},
    ],
  });
  const part = await openssl(files, ...args, '-name', 'part');
  expect(() => readRevocationList(part.text, root.certificatePem)).toThrow(/critical extension/);
});
