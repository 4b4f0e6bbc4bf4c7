/** Certificates of this platform in the hands of a real TLS stack, on both sides of a loopback connection. */
import {once} from 'node:events';
import type {AddressInfo} from 'node:net';
import {type ConnectionOptions, connect, createServer, type TLSSocket} from 'node:tls';
import {beforeAll, expect, it} from 'vitest';
import {checkDeviceCertificate, type TrustedAuthority} from '../../src/pki/device-check.js';
import {diagnoseServerCertificate} from '../../src/pki/diagnose.js';
import type {KeyedCertificate} from '../../src/pki/issue.js';
import {issueServerCertificate} from '../../src/pki/server-certificate.js';
import {makeAuthorities, makeDeviceCertificate, makeSelfSigned} from '../support/certificates.js';
import {within} from '../support/deadline.js';

let root: KeyedCertificate;
let issuing: KeyedCertificate;
let server: KeyedCertificate;
let authorities: TrustedAuthority[];
beforeAll(async () => {
  ({root, issuing} = await makeAuthorities());
  server = await issueServerCertificate(root, {names: ['localhost', '127.0.0.1'], nowMs: Date.now()});
  authorities = [{id: 'a', certificatePem: issuing.certificatePem, tenant: 'acme', kind: 'issuing'}];
});

/** A server that asks for a certificate and hands every connection to its caller, whoever it is. */
async function startServer() {
  const listener = createServer({
    key: server.keyPem,
    cert: server.certificatePem,
    ca: [root.certificatePem, issuing.certificatePem],
    requestCert: true,
    rejectUnauthorized: false,
  });
  await once(listener.listen(0, '127.0.0.1'), 'listening');
  return {
    listener,
    port: (listener.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      listener.close();
      await once(listener, 'close');
    },
  };
}

/** Connects; gives both ends of the connection. */
async function handshake(
  {listener, port}: Awaited<ReturnType<typeof startServer>>,
  options: ConnectionOptions,
): Promise<{client: TLSSocket; accepted: TLSSocket} & Disposable> {
  const accepting = once(listener, 'secureConnection') as Promise<[TLSSocket]>;
  const client = connect({
    port,
    host: '127.0.0.1',
    ca: root.certificatePem,
    servername: 'localhost',
    ...options,
  });
  const ready = once(client, 'secureConnect');
  const [accepted] = await within(
    Promise.all([accepting, ready]).then(([[socket]]) => [socket]),
    'the handshake',
  );
  return {
    client,
    accepted: accepted!,
    [Symbol.dispose]() {
      client.destroy();
      accepted!.destroy();
    },
  };
}

const check = (socket: TLSSocket) =>
  checkDeviceCertificate({
    leafDer: socket.getPeerX509Certificate()?.raw ?? Buffer.alloc(0),
    authorities,
    isRevoked: () => false,
    nowMs: Date.now(),
  });

it('lets a device in that presents its chain, and the device trusts the server by the root alone', async () => {
  await using platform = await startServer();
  const device = await makeDeviceCertificate(issuing);
  using both = await handshake(platform, {cert: device.chainPem, key: device.keyPem});
  expect(both.client.authorized).toBe(true);
  expect(both.accepted.authorized).toBe(true);
  expect(check(both.accepted)).toMatchObject({
    ok: true,
    tenant: 'acme',
    device: 'pump-1',
    serialHex: device.serialHex,
  });
});

it('knows a device by its address too, and without its chain', async () => {
  await using platform = await startServer();
  const device = await makeDeviceCertificate(issuing);
  const options: ConnectionOptions = {cert: device.certificatePem, key: device.keyPem, servername: ''};
  using both = await handshake(platform, options);
  expect(check(both.accepted)).toMatchObject({ok: true, device: 'pump-1'});
});

it('knows a certificate that signed itself, and one that is not there, for what they are', async () => {
  await using platform = await startServer();
  const self = await makeSelfSigned();
  using both = await handshake(platform, {cert: self.certificatePem, key: self.keyPem});
  expect(both.accepted.authorized).toBe(false);
  expect(check(both.accepted)).toMatchObject({ok: false, reason: 'unknown-authority'});
  using none = await handshake(platform, {});
  expect(check(none.accepted)).toMatchObject({ok: false, reason: 'malformed'});
});

it('is told by the client’s TLS what the diagnosis tells too', async () => {
  await using platform = await startServer();
  const {root: other} = await makeAuthorities();
  const cases = [
    {expectedHost: 'example.com', trusted: root, failed: ['name'], code: 'ERR_TLS_CERT_ALTNAME_INVALID'},
    {
      expectedHost: 'localhost',
      trusted: other,
      failed: ['authority'],
      code: 'SELF_SIGNED_CERT_IN_CHAIN',
    },
    {expectedHost: 'localhost', trusted: root, failed: [], code: undefined},
  ];
  for (const {expectedHost, trusted, failed, code} of cases) {
    const options = {servername: expectedHost, ca: trusted.certificatePem, rejectUnauthorized: false};
    using both = await handshake(platform, options);
    const {authorizationError} = both.client;
    expect(
      (authorizationError as (Error & {code?: string}) | undefined)?.code ?? authorizationError ?? undefined,
    ).toBe(code);
    const checks = diagnoseServerCertificate({
      certificatesDer: [both.client.getPeerX509Certificate()!.raw],
      expectedHost,
      trustedPem: [trusted.certificatePem],
      nowMs: Date.now(),
    });
    expect(checks.filter(({ok}) => !ok).map(({name}) => name)).toEqual(failed);
  }
});
