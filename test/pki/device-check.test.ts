import {beforeAll, describe, expect, it} from 'vitest';
import {checkDeviceCertificate, type TrustedAuthority} from '../../src/pki/device-check.js';
import {DAY_MS, type KeyedCertificate} from '../../src/pki/issue.js';
import {ExtendedKeyUsage, ExtendedKeyUsageExtension, Extension, KeyUsageFlags} from '../../src/pki/x509.js';
import {
  derOf,
  GENERATION,
  makeAuthorities,
  makeAuthorityBelow,
  makeDeviceCertificate,
  makeOddCertificate,
  makeSelfSigned,
  type Oddities,
} from '../support/certificates.js';
import {certificateByOpenssl} from '../support/openssl.js';

const URN = `urn:iotctl:acme:pump-1:${GENERATION}`;

const UNKNOWN = new Extension('1.3.6.1.4.1.99999.1', true, Buffer.from('0500', 'hex'));

/** openssl makes an authority unless told not to. */
const NOT_AUTHORITY = 'basicConstraints=critical,CA:FALSE';

let root: KeyedCertificate;
let issuing: KeyedCertificate;
let other: KeyedCertificate;
let customer: KeyedCertificate;
let authorities: TrustedAuthority[];

beforeAll(async () => {
  ({root, issuing} = await makeAuthorities('acme'));
  other = (await makeAuthorities('globex')).issuing;
  customer = (await makeAuthorities('acme')).root;
  authorities = [
    {id: 'globex-1', certificatePem: other.certificatePem, tenant: 'globex', kind: 'issuing'},
    {id: 'acme-1', certificatePem: issuing.certificatePem, tenant: 'acme', kind: 'issuing'},
    {id: 'acme-own', certificatePem: customer.certificatePem, tenant: 'acme', kind: 'customer'},
  ];
});

const check = (pem: string, more: Partial<Parameters<typeof checkDeviceCertificate>[0]> = {}) =>
  checkDeviceCertificate({
    leafDer: derOf(pem),
    authorities,
    isRevoked: () => false,
    nowMs: Date.now(),
    ...more,
  });

const checkOdd = async (issuer: KeyedCertificate, oddities: Oddities) =>
  check((await makeOddCertificate(issuer, oddities)).certificatePem);

describe('a certificate of the tenant’s issuing authority', () => {
  it('names tenant, device and generation', async () => {
    const made = await makeDeviceCertificate(issuing, {device: 'plant:7:pump.1'});
    expect(check(made.certificatePem)).toEqual({
      ok: true,
      tenant: 'acme',
      device: 'plant:7:pump.1',
      generation: GENERATION,
      serialHex: made.serialHex,
      authorityId: 'acme-1',
      notAfterMs: made.notAfterMs,
    });
  });

  it('is accepted also when the device sends the issuing authority along', async () => {
    const made = await makeDeviceCertificate(issuing);
    const chainDer = [derOf(issuing.certificatePem), derOf(root.certificatePem)];
    expect(check(made.certificatePem, {chainDer})).toMatchObject({ok: true, device: 'pump-1'});
  });

  it('is expired after its last second', async () => {
    const made = await makeDeviceCertificate(issuing);
    expect(check(made.certificatePem, {nowMs: made.notAfterMs + 999})).toMatchObject({ok: true});
    expect(check(made.certificatePem, {nowMs: made.notAfterMs + 1000})).toMatchObject({
      reason: 'expired',
      detail: expect.stringMatching(/^the certificate is expired since \d{4}-/),
    });
  });

  it('is not yet valid before its first second', async () => {
    expect(await checkOdd(issuing, {notBeforeMs: Date.now() + DAY_MS})).toMatchObject({
      reason: 'not-yet-valid',
    });
  });

  it.each([
    ['a server’s', {usages: [ExtendedKeyUsage.serverAuth]}],
    ['no purpose', {usages: []}],
    ['a key that may only agree on keys', {keyUsage: KeyUsageFlags.keyAgreement}],
  ])('is of the wrong usage with %s', async (_, oddities) => {
    expect(await checkOdd(issuing, oddities)).toMatchObject({reason: 'wrong-usage'});
  });

  it.each([
    ['no alternative name', {names: []}],
    [
      'two devices',
      {names: [URN, URN.replace('pump-1', 'pump-2')].map(value => ({type: 'url' as const, value}))},
    ],
    [
      'a host name beside the device',
      {
        names: [
          {type: 'url', value: URN},
          {type: 'dns', value: 'pump-1'},
        ],
      },
    ],
    ['a foreign URI', {names: [{type: 'url', value: 'urn:example:acme:pump-1:g'}]}],
    ['a URI that goes on after a comma', {names: [{type: 'url', value: `${URN}, DNS:x`}]}],
    ['another device than its subject', {names: [{type: 'url', value: URN.replace('pump-1', 'pump-2')}]}],
    ['another tenant', {names: [{type: 'url', value: URN.replace('acme', 'globex')}]}],
  ] as [string, Oddities][])('has the wrong name with %s', async (_, oddities) => {
    expect(await checkOdd(issuing, oddities)).toMatchObject({reason: 'wrong-name'});
  });

  it('has the wrong name when the authority of another tenant signed it', async () => {
    const answer = await checkOdd(other, {});
    expect(answer).toMatchObject({reason: 'wrong-name', detail: expect.stringContaining('globex')});
  });

  it('is revoked by serial number and authority', async () => {
    const made = await makeDeviceCertificate(issuing);
    const isRevoked = (serialHex: string, id: string) => serialHex === made.serialHex && id === 'acme-1';
    expect(check(made.certificatePem, {isRevoked})).toMatchObject({reason: 'revoked'});
    const second = await makeDeviceCertificate(issuing);
    expect(check(second.certificatePem, {isRevoked})).toMatchObject({ok: true});
  });

  it('is malformed when it is no certificate, or has a critical extension that nobody knows', async () => {
    const leafDer = derOf((await makeDeviceCertificate(issuing)).certificatePem);
    expect(check(issuing.certificatePem, {leafDer: leafDer.subarray(0, 200)})).toMatchObject({
      reason: 'malformed',
    });
    expect(check(issuing.certificatePem, {leafDer: Buffer.alloc(0)})).toMatchObject({reason: 'malformed'});
    expect(await checkOdd(issuing, {extensions: [UNKNOWN]})).toMatchObject({reason: 'malformed'});
  });

  it('is malformed when it has an extension twice', async () => {
    const twice = [1, 2].map(() => new Extension('1.3.6.1.4.1.99999.2', false, Buffer.from('0500', 'hex')));
    expect(await checkOdd(issuing, {extensions: twice})).toMatchObject({reason: 'malformed'});
    expect(await checkOdd(issuing, {extensions: twice.slice(1)})).toMatchObject({ok: true});
  });

  it('is refused with every single byte of it changed', async () => {
    const leafDer = derOf((await makeDeviceCertificate(issuing)).certificatePem);
    for (let index = 0; index < leafDer.length; index++) {
      const changed = Buffer.from(leafDer);
      changed[index] = changed[index]! ^ 0x01;
      expect(check(issuing.certificatePem, {leafDer: changed}), `byte ${index}`).toMatchObject({ok: false});
    }
  });
});

describe('an authority that is not known', () => {
  it('is one of the same name with another key', async () => {
    const {issuing: twin} = await makeAuthorities('acme');
    expect(await checkOdd(twin, {})).toMatchObject({reason: 'unknown-authority'});
  });

  it('is one of another name, also with the right key', async () => {
    const renamed = {certificatePem: other.certificatePem, keyPem: customer.keyPem};
    const leaf = await makeOddCertificate(renamed, {names: []});
    const answer = check(leaf.certificatePem, {authorities: authorities.slice(2)});
    expect(answer).toMatchObject({reason: 'unknown-authority'});
  });

  it('is the root above the tenant’s authority, when that one is not trusted', async () => {
    const made = await makeDeviceCertificate(issuing);
    const answer = check(made.certificatePem, {authorities: authorities.slice(0, 1)});
    expect(answer).toMatchObject({
      reason: 'unknown-authority',
      detail: expect.stringContaining('iotctl devices of acme'),
    });
  });

  it('is a device, also when its own certificate is good', async () => {
    const device = await makeDeviceCertificate(issuing);
    const forged = await makeOddCertificate(device);
    const answer = check(forged.certificatePem, {chainDer: [derOf(device.certificatePem)]});
    expect(answer).toMatchObject({reason: 'unknown-authority', detail: expect.stringContaining('CA:false')});
  });

  it.each([
    ['the device’s', {commonName: 'pump-1', organization: 'acme'}],
    ['the authority’s', {commonName: 'iotctl devices of acme', organization: 'acme'}],
  ])('is the certificate itself, signed under %s name', async (_, subject) => {
    const self = await makeSelfSigned(subject);
    const answer = check(self.certificatePem, {
      chainDer: [derOf(self.certificatePem), derOf(issuing.certificatePem)],
    });
    expect(answer).toMatchObject({
      reason: 'unknown-authority',
      detail: expect.stringContaining('signed itself'),
    });
  });

  it('is expired together with everything that it signed', async () => {
    const made = await makeDeviceCertificate(issuing);
    const nowMs = Date.now() + 3000 * DAY_MS;
    expect(check(made.certificatePem, {nowMs})).toMatchObject({
      reason: 'expired',
      detail: expect.stringContaining('the issuer CN=iotctl devices of acme'),
    });
  });

  it('keeps nobody else out when its certificate cannot be read', async () => {
    const made = await makeDeviceCertificate(issuing);
    const broken: TrustedAuthority = {id: 'x', certificatePem: 'nothing', tenant: 'x', kind: 'issuing'};
    expect(check(made.certificatePem, {authorities: [broken, ...authorities]})).toMatchObject({ok: true});
  });
});

describe('a certificate of a customer’s authority', () => {
  it('names the device by its common name, in that authority’s tenant', async () => {
    expect(await checkOdd(customer, {names: [], usages: [], organization: 'whoever'})).toMatchObject({
      ok: true,
      tenant: 'acme',
      device: 'pump-1',
      generation: undefined,
      authorityId: 'acme-own',
    });
  });

  it.each([
    ['no device’s common name', {commonName: 'pump 1'}],
    ['a common name that ends in another', {commonName: 'pump-1\nCN=pump-2'}],
    [
      'another device in its alternative name',
      {names: [{type: 'url', value: URN.replace('pump-1', 'pump-2')}]},
    ],
    [
      'another tenant in its alternative name',
      {names: [{type: 'url', value: URN.replace('acme', 'globex')}]},
    ],
  ] as [string, Oddities][])('has the wrong name with %s', async (_, oddities) => {
    expect(await checkOdd(customer, oddities)).toMatchObject({reason: 'wrong-name'});
  });

  it('may have an authority in between, which can be revoked and can expire', async () => {
    const below = await makeAuthorityBelow(customer);
    const leaf = await makeOddCertificate(below, {names: []});
    const chainDer = [derOf(below.certificatePem)];
    const accepted = check(leaf.certificatePem, {chainDer});
    expect(accepted).toMatchObject({ok: true, device: 'pump-1', authorityId: 'acme-own'});
    expect(check(leaf.certificatePem)).toMatchObject({reason: 'unknown-authority'});
    const isRevoked = (serialHex: string) => accepted.ok && serialHex !== accepted.serialHex;
    expect(check(leaf.certificatePem, {chainDer, isRevoked})).toMatchObject({reason: 'revoked'});
    const gone = await makeAuthorityBelow(customer, {notAfterMs: Date.now() - DAY_MS / 2});
    const late = await makeOddCertificate(gone, {names: []});
    const answer = check(late.certificatePem, {chainDer: [derOf(gone.certificatePem)]});
    expect(answer).toMatchObject({reason: 'expired', detail: expect.stringContaining('CN=below')});
  });

  it('may not have more authorities in between than the path length allows', async () => {
    const first = await makeAuthorityBelow(customer, {commonName: 'first', pathLength: 1});
    const second = await makeAuthorityBelow(first, {commonName: 'second'});
    const leaf = await makeOddCertificate(second, {names: []});
    const chainDer = [second, first].map(({certificatePem}) => derOf(certificatePem));
    const answer = check(leaf.certificatePem, {chainDer});
    expect(answer).toMatchObject({reason: 'unknown-authority', detail: expect.stringContaining('allows 1')});
  });

  it.each([
    [
      'a purpose that is not this one',
      new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth]),
      'wrong-usage',
    ],
    ['a critical extension that nobody knows', UNKNOWN, 'unknown-authority'],
  ])('may not have an authority in between with %s', async (_, extension, reason) => {
    const below = await makeAuthorityBelow(customer, {extensions: [extension]});
    const leaf = await makeOddCertificate(below, {names: []});
    const chainDer = [derOf(below.certificatePem)];
    expect(check(leaf.certificatePem, {chainDer})).toMatchObject({ok: false, reason});
  });

  it.each([
    ['an authority in between whose key is too weak', ['-newkey', 'rsa:1024']],
    ['an authority in between whose signature can be forged', ['-newkey', 'rsa:2048', '-sha1']],
  ])('may not have %s', async (_, args) => {
    const constraints = ['-addext', 'basicConstraints=critical,CA:TRUE'];
    const below = await certificateByOpenssl(customer, '/CN=below', ...constraints, ...args);
    const leaf = await certificateByOpenssl(
      below,
      '/CN=pump-1',
      '-newkey',
      'rsa:2048',
      '-addext',
      NOT_AUTHORITY,
    );
    const chainDer = [derOf(below.certificatePem)];
    expect(check(leaf.certificatePem, {chainDer})).toMatchObject({reason: 'unknown-authority'});
  });

  it('may be made by openssl, with an RSA key, an Ed25519 key or one on P-521', async () => {
    for (const args of [['rsa:2048'], ['ed25519'], ['ec', '-pkeyopt', 'ec_paramgen_curve:P-521']]) {
      const leaf = await certificateByOpenssl(
        customer,
        '/CN=pump-1',
        '-addext',
        NOT_AUTHORITY,
        '-newkey',
        ...args,
      );
      expect(check(leaf.certificatePem)).toMatchObject({ok: true, device: 'pump-1'});
    }
  });

  it.each([
    ['its key is too weak', ['-newkey', 'rsa:1024'], /RSA key of 1024 bits/],
    ['its signature can be forged', ['-newkey', 'rsa:2048', '-sha1'], /can be forged/],
  ])('is malformed when %s', async (_, args, detail) => {
    const leaf = await certificateByOpenssl(customer, '/CN=pump-1', '-addext', NOT_AUTHORITY, ...args);
    expect(check(leaf.certificatePem)).toMatchObject({
      reason: 'malformed',
      detail: expect.stringMatching(detail),
    });
  });

  it('has the wrong name when a second common name hides behind another attribute', async () => {
    const named = (subject: string) =>
      certificateByOpenssl(
        customer,
        subject,
        '-multivalue-rdn',
        '-newkey',
        'ed25519',
        '-addext',
        NOT_AUTHORITY,
      );
    expect(check((await named('/CN=pump-1+OU=x')).certificatePem)).toMatchObject({
      ok: true,
      device: 'pump-1',
    });
    const hidden = await named('/CN=pump-1/O=x+CN=pump-2');
    expect(check(hidden.certificatePem)).toMatchObject({reason: 'wrong-name'});
  });

  it('may not be an authority’s own', async () => {
    const below = await makeAuthorityBelow(customer, {commonName: 'pump-1'});
    expect(check(below.certificatePem)).toMatchObject({
      reason: 'wrong-usage',
      detail: expect.stringContaining('is an authority'),
    });
  });

  it('stays revoked when its authority is registered a second time', async () => {
    const leaf = await makeOddCertificate(customer, {names: []});
    const twice: TrustedAuthority[] = [{...authorities[2]!, id: 'acme-again'}, ...authorities];
    const isRevoked = (_: string, id: string) => id === 'acme-own';
    expect(check(leaf.certificatePem, {authorities: twice})).toMatchObject({
      ok: true,
      authorityId: 'acme-again',
    });
    expect(check(leaf.certificatePem, {authorities: twice, isRevoked})).toMatchObject({reason: 'revoked'});
  });

  it('is nobody’s when two tenants trust the same authority', async () => {
    const leaf = await makeOddCertificate(customer, {names: []});
    const twice: TrustedAuthority[] = [
      ...authorities,
      {...authorities[2]!, id: 'globex-own', tenant: 'globex'},
    ];
    expect(check(leaf.certificatePem, {authorities: twice})).toMatchObject({reason: 'wrong-name'});
  });
});
