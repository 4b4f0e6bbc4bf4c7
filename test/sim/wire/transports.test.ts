import {once} from 'node:events';
import {type AddressInfo, createServer} from 'node:net';
import {afterAll, beforeAll, describe, expect, it} from 'vitest';
import {parseBrokerTarget} from '../../../src/sim/wire/broker-target.js';
import {encodeTopic} from '../../../src/sim/wire/encoded-topic.js';
import {openEndpoint} from '../../../src/sim/wire/endpoint.js';
import {withCertificate} from '../../../src/sim/wire/endpoint-tls.js';
import {freePort, mosquittoInstalled, startMosquitto} from '../../support/mosquitto.js';
import {type Certificate, certificateMaker} from '../../support/openssl-certificates.js';
import {DEVICE_SECRET, startGateway} from '../../support/start-gateway.js';
import {endpointOf, WireClient} from '../../support/wire-client.js';

let maker: Awaited<ReturnType<typeof certificateMaker>>;
let ca: Certificate;
let server: Certificate;
let device: Certificate;

beforeAll(async () => {
  maker = await certificateMaker();
  ca = await maker.make({name: 'wire CA', isCa: true});
  server = await maker.make({name: 'broker', issuer: ca});
  device = await maker.make({name: 'device', issuer: ca, usage: 'clientAuth'});
});

afterAll(() => maker[Symbol.asyncDispose]());

const login = {clientId: 'pump-7', username: 'pump-7@default', password: DEVICE_SECRET};
const topic = encodeTopic('me/telemetry');

/** Sends messages until the kernel takes no more at once, and waits until each is acknowledged. */
async function publishes(wire: WireClient, payload: Buffer, count: number): Promise<void> {
  for (let sent = 0; sent < count; sent++)
    wire.client.writePublish(topic, 1, payload, {packetId: wire.client.nextPacketId()});
  wire.client.flush();
  for (let sent = 0; sent < count; sent++) expect((await wire.next('acknowledged')).code).toBe(0);
}

describe.skipIf(!mosquittoInstalled())('over TLS', () => {
  let broker: Awaited<ReturnType<typeof startMosquitto>>;
  let url: string;

  beforeAll(async () => {
    const files = [`cafile ${ca.path}`, `certfile ${server.path}`, `keyfile ${server.path.slice(0, -4)}.key`];
    broker = await startMosquitto(...files, 'require_certificate true', 'tls_version tlsv1.3');
    url = `mqtts://127.0.0.1:${broker.port}`;
  });

  afterAll(() => broker[Symbol.asyncDispose]());

  it('verifies the broker, and shows each client’s own certificate', async () => {
    const endpoint = await openEndpoint(parseBrokerTarget(url), {trust: {ca: ca.cert}});
    using wire = new WireClient(withCertificate(endpoint, device));
    await wire.open();
    expect(wire.told.map(one => one.what === 'opened' && one.phase)).toEqual(['tcp', 'tls']);
    await publishes(wire, Buffer.alloc(100_000, 'x'), 20);
    using without = new WireClient(endpoint);
    without.client.open();
    expect((await without.next('lost')).reason).toBe('tls:certificate-required');
  });

  it('trusts a certificate whose fingerprint is pinned, and no other', async () => {
    const certificate = {cert: device.cert, key: device.key};
    const pinned = {trust: {fingerprint: server.fingerprint}, certificate};
    using wire = new WireClient(await openEndpoint(parseBrokerTarget(url), pinned));
    await wire.open();
    const other = openEndpoint(parseBrokerTarget(url), {trust: {fingerprint: device.fingerprint}});
    await expect(other).rejects.toMatchObject({code: 'IOT_TLS_UNTRUSTED'});
  });

  it('does not speak to a broker that it does not know', async () => {
    using wire = new WireClient(await endpointOf(url));
    wire.client.open();
    expect((await wire.next('lost')).reason).toMatch(/^tls:(self-signed|unable-to)/);
  });
});

it('says which certificate it cannot use', async () => {
  const target = parseBrokerTarget('mqtts://127.0.0.1:1');
  const mixed = {cert: server.cert, key: device.key};
  await expect(openEndpoint(target, {certificate: mixed})).rejects.toMatchObject({code: 'IOT_INPUT_INVALID'});
  const plain = await endpointOf('mqtt://127.0.0.1:1');
  expect(() => withCertificate(plain, device)).toThrow(/only shown over mqtts/);
});

it('speaks WebSocket, with and without TLS', async () => {
  await using gateway = await startGateway(
    undefined,
    {},
    {tls: {certificatePem: server.cert, keyPem: server.key}},
  );
  const wss = parseBrokerTarget(`wss://127.0.0.1:${gateway.wssPort}/mqtt`);
  const endpoints = [
    await endpointOf(`ws://127.0.0.1:${gateway.wsPort}/mqtt`),
    await openEndpoint(wss, {trust: {ca: ca.cert}}),
  ];
  for (const endpoint of endpoints) {
    using wire = new WireClient(endpoint, login);
    await wire.open();
    await publishes(wire, Buffer.from('{"v":{"temperature":1}}'), 50);
    wire.client.end();
    await wire.next('ended');
  }
});

it('says what a web server answers that is no broker', async () => {
  for (const [answer, reason] of [
    ['HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n', 'websocket:http-404'],
    ['no HTTP at all\r\n\r\n', 'websocket:no-upgrade'],
  ] as const) {
    const server = createServer(socket => socket.once('data', () => socket.end(answer)));
    await once(server.listen(0, '127.0.0.1'), 'listening');
    using wire = new WireClient(await endpointOf(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`));
    wire.client.open();
    expect((await wire.next('lost')).reason).toBe(reason);
    server.close();
  }
});

it('connects from the address it is told to, and to IPv6', async () => {
  for (const [host, localAddress, seen] of [
    ['127.0.0.1', '127.0.0.9', '127.0.0.9'],
    ['::1', undefined, '::1'],
  ] as const) {
    const server = createServer().listen(0, host);
    await once(server, 'listening');
    const {port} = server.address() as AddressInfo;
    using wire = new WireClient(await endpointOf(`mqtt://${host === '::1' ? '[::1]' : host}:${port}`), {
      localAddress,
    });
    const accepted = once(server, 'connection');
    wire.client.open();
    const [socket] = await accepted;
    expect(socket.remoteAddress).toBe(seen);
    socket.destroy();
    expect((await wire.next('lost')).reason).toMatch(/^(closed|reset)$/);
    server.close();
  }
});

it('names why nothing could be reached', async () => {
  using wire = new WireClient(await endpointOf(`mqtt://127.0.0.1:${await freePort()}`));
  wire.client.open();
  expect((await wire.next('lost')).reason).toBe('ECONNREFUSED');
  await expect(endpointOf('mqtt://nowhere.invalid')).rejects.toMatchObject({code: 'IOT_BROKER_UNREACHABLE'});
});

it('reads URLs', () => {
  expect(parseBrokerTarget('mqtt://h')).toEqual({transport: 'tcp', host: 'h', port: 1883});
  expect(parseBrokerTarget('mqtts://h')).toEqual({transport: 'tls', host: 'h', port: 8883});
  expect(parseBrokerTarget('ws://h')).toEqual({transport: 'ws', host: 'h', port: 80, path: '/'});
  expect(parseBrokerTarget('wss://[2001:db8::1]:9/a?b=c')).toEqual({
    transport: 'wss',
    host: '2001:db8::1',
    port: 9,
    path: '/a?b=c',
  });
  for (const bad of [
    'http://h',
    'h:1883',
    'mqtt://',
    'mqtt://user:secret@h',
    'mqtt://h/path',
    'mqtt://h:0',
  ]) {
    expect(() => parseBrokerTarget(bad), bad).toThrow(expect.objectContaining({code: 'IOT_USAGE'}));
  }
  expect(() => parseBrokerTarget('mqtt://user:secret@h')).not.toThrow(/secret/);
});
