import {once} from 'node:events';
import {createServer} from 'node:http';
import type {AddressInfo} from 'node:net';
import {afterAll, beforeAll, describe, expect, it} from 'vitest';
import {connectMqtt, disconnect} from '../../src/client/mqtt-connect.js';
import {requestJson} from '../../src/client/request.js';
import {parseCa, parseFingerprint, type Trust} from '../../src/client/trust.js';
import {type Certificate, certificateMaker, startTlsProxy} from '../support/openssl-certificates.js';
import {serviceLogin, startGateway, TOKEN_SECRET} from '../support/start-gateway.js';

const TOKEN = 'iotctl_pat_of-this-test';

let maker: Awaited<ReturnType<typeof certificateMaker>>;
let ca: Certificate;
let leaf: Certificate;

beforeAll(async () => {
  maker = await certificateMaker();
  ca = await maker.make({name: 'Test CA', isCa: true});
  leaf = await maker.make({name: 'server', issuer: ca});
});

afterAll(() => maker[Symbol.asyncDispose]());

/** An API with that certificate; it answers with the header that it got. */
async function serve(certificate: {key: string; cert: string}) {
  const server = createServer((request, response) => {
    response.end(JSON.stringify({authorization: request.headers.authorization}));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const proxy = await startTlsProxy((server.address() as AddressInfo).port, certificate);
  return {
    served: proxy.served,
    ask: (trust?: Trust, host = '127.0.0.1') =>
      requestJson({url: `https://${host}:${proxy.port}`, token: TOKEN, trust}, 'GET', '/v1/status'),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await proxy[Symbol.asyncDispose]();
      await new Promise(resolve => server.close(resolve));
    },
  };
}

const chainOf = (own: Certificate, ...above: Certificate[]) => ({
  key: own.key,
  cert: [own, ...above].map(({cert}) => cert).join(''),
});

const untrusted = (words: string) => ({
  code: 'IOT_TLS_UNTRUSTED',
  exitCode: 6,
  message: expect.stringContaining(words) as string,
});

describe('an API with TLS', () => {
  it('is spoken to with its CA, or with the fingerprint of any certificate that it presents', async () => {
    const lower = leaf.fingerprint.toLowerCase();
    await using server = await serve(chainOf(leaf, ca));
    for (const trust of [{ca: ca.cert}, {fingerprint: ca.fingerprint}, {fingerprint: lower}]) {
      expect(await server.ask(trust)).toEqual({authorization: `Bearer ${TOKEN}`});
    }
    await using alone = await serve(chainOf(leaf));
    for (const trust of [{ca: ca.cert}, {ca: leaf.cert}, {fingerprint: leaf.fingerprint}]) {
      expect(await alone.ask(trust)).toEqual({authorization: `Bearer ${TOKEN}`});
    }
    await expect(alone.ask({fingerprint: ca.fingerprint})).rejects.toMatchObject(
      untrusted('no certificate of'),
    );
  });

  it('is spoken to with the fingerprint of a certificate that signs itself', async () => {
    const self = await maker.make({name: 'alone'});
    await using server = await serve(chainOf(self));
    expect(await server.ask({fingerprint: self.fingerprint})).toMatchObject({
      authorization: expect.any(String),
    });
  });

  it('is sent nothing while its CA is unknown', async () => {
    await using server = await serve(chainOf(leaf, ca));
    await expect(server.ask()).rejects.toMatchObject(untrusted('is of a CA that is not known here'));
    const other = await maker.make({name: 'Other CA', isCa: true});
    await expect(server.ask({ca: other.cert})).rejects.toMatchObject(untrusted('not known here'));
    expect(server.served()).toBe(0);
  });

  it('is sent nothing where no certificate has the fingerprint, and the message says which it has', async () => {
    await using server = await serve(chainOf(leaf, ca));
    const fingerprint = parseFingerprint('ab'.repeat(32));
    await expect(server.ask({fingerprint})).rejects.toMatchObject(
      untrusted(`has the fingerprint ${fingerprint}`),
    );
    await expect(server.ask({fingerprint})).rejects.toMatchObject(untrusted(leaf.fingerprint));
    expect(server.served()).toBe(0);
  });

  it('is sent nothing once its certificate has expired, trusted or pinned', async () => {
    const old = await maker.make({name: 'old', issuer: ca, expired: true});
    await using server = await serve(chainOf(old, ca));
    for (const trust of [{ca: ca.cert}, {fingerprint: ca.fingerprint}, {fingerprint: old.fingerprint}]) {
      await expect(server.ask(trust)).rejects.toMatchObject(untrusted('has expired'));
    }
    expect(server.served()).toBe(0);
  });

  it('is sent nothing when its certificate is for another host', async () => {
    const other = await maker.make({name: 'other', issuer: ca, hosts: ['iot.example.com']});
    await using server = await serve(chainOf(other, ca));
    for (const trust of [{ca: ca.cert}, {fingerprint: ca.fingerprint}]) {
      await expect(server.ask(trust)).rejects.toMatchObject(untrusted('is for another host'));
      await expect(server.ask(trust)).rejects.toMatchObject(untrusted('iot.example.com'));
    }
    expect(server.served()).toBe(0);
  });

  it('does not pass for the pinned CA by showing its certificate', async () => {
    // Of the same name and key id, as whoever attacks would choose them: only the signature tells them apart.
    const real = await maker.make({name: 'Pinned CA', isCa: true, keyId: '01:02:03'});
    const forger = await maker.make({name: 'Pinned CA', isCa: true, keyId: '01:02:03'});
    const forged = await maker.make({name: 'server', issuer: forger});
    await using server = await serve(chainOf(forged, real));
    const fingerprint = real.fingerprint;
    await expect(server.ask({fingerprint})).rejects.toMatchObject(
      untrusted('not signed by the CA that it names'),
    );
    await expect(server.ask({ca: real.cert})).rejects.toMatchObject({code: 'IOT_TLS_UNTRUSTED'});
    expect(server.served()).toBe(0);
  });

  it('is verified whatever the environment says', async () => {
    await using server = await serve(chainOf(leaf, ca));
    process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0';
    try {
      await expect(server.ask()).rejects.toMatchObject({code: 'IOT_TLS_UNTRUSTED'});
      await expect(server.ask({fingerprint: 'ab'.repeat(32)})).rejects.toMatchObject({
        code: 'IOT_TLS_UNTRUSTED',
      });
    } finally {
      delete process.env.NODE_TLS_REJECT_UNAUTHORIZED;
    }
    expect(server.served()).toBe(0);
  });

  it('that is not there is unreachable, pinned or not', async () => {
    const server = await serve(chainOf(leaf, ca));
    await server[Symbol.asyncDispose]();
    for (const trust of [undefined, {ca: ca.cert}, {fingerprint: ca.fingerprint}]) {
      await expect(server.ask(trust)).rejects.toMatchObject({code: 'IOT_PLATFORM_UNREACHABLE'});
    }
  });
});

describe.each(['mqtts', 'wss'] as const)('a broker at %s', scheme => {
  async function serveBroker(certificate: {key: string; cert: string}) {
    const gateway = await startGateway();
    const proxy = await startTlsProxy(scheme === 'mqtts' ? gateway.port : gateway.wsPort, certificate);
    const login = {username: serviceLogin('app').username, password: TOKEN_SECRET};
    return {
      served: proxy.served,
      connect: (trust?: Trust) => connectMqtt({url: `${scheme}://127.0.0.1:${proxy.port}`, ...login, trust}),
      async [Symbol.asyncDispose]() {
        await proxy[Symbol.asyncDispose]();
        await gateway[Symbol.asyncDispose]();
      },
    };
  }

  it('is spoken to with its CA or a fingerprint, and sent nothing otherwise', async () => {
    await using broker = await serveBroker(chainOf(leaf, ca));
    for (const trust of [undefined, {fingerprint: parseFingerprint('ab'.repeat(32))}]) {
      await expect(broker.connect(trust)).rejects.toMatchObject({code: 'IOT_TLS_UNTRUSTED', exitCode: 6});
    }
    expect(broker.served()).toBe(0);
    for (const trust of [{ca: ca.cert}, {fingerprint: ca.fingerprint}]) {
      await using connection = await broker.connect(trust);
      expect(connection.protocolVersion).toBe(5);
      await disconnect(connection);
    }
  });
});

describe('what is given as trust', () => {
  it.each(['AB:CD', 'xyz', '', 'ab'.repeat(20)])('%j is not a fingerprint', text => {
    expect(() => parseFingerprint(text)).toThrow('not a SHA-256 fingerprint');
  });

  it('is a fingerprint in each way that tools print it', () => {
    const bare = leaf.fingerprint.replaceAll(':', '');
    for (const text of [leaf.fingerprint, bare, bare.toLowerCase(), `SHA256:${bare}`, `sha256=${bare}`]) {
      expect(parseFingerprint(text)).toBe(leaf.fingerprint);
    }
  });

  it('is a file of certificates, and never takes a private key over', () => {
    expect(parseCa(`${ca.key}${ca.cert}`, 'ca.pem')).toBe(ca.cert);
    for (const text of ['', ca.key, '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----']) {
      expect(() => parseCa(text, 'ca.pem')).toThrow('--ca ca.pem: ');
    }
  });
});
