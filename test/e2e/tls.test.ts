/** Encrypted doors from outside, and certificates instead of secrets (attack S21). */
import {once} from 'node:events';
import {readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {connect, type TLSSocket} from 'node:tls';
import {execa} from 'execa';
import {generate, type Packet, parser} from 'mqtt-packet';
import {afterAll, beforeAll, describe, expect, it} from 'vitest';
import {createCertificateRequest} from '../../src/pki/request.js';
import {asCaller} from '../support/as-caller.js';
import {
  makeAuthorities,
  makeDeviceCertificate,
  makeOddCertificate,
  makeSelfSigned,
} from '../support/certificates.js';
import {until, within} from '../support/deadline.js';
import {startPlatform} from '../support/start-platform.js';

interface Keyed {
  readonly certificatePem: string;
  readonly keyPem: string;
}

interface TlsAddress {
  readonly mqttsUrl: string;
  readonly httpsUrl: string;
  readonly authority: {readonly file: string; readonly fingerprint: string};
  readonly ports: {readonly mqtts: number; readonly https: number; readonly wss: number};
}

type Platform = Awaited<ReturnType<typeof startPlatform>>;

let platform: Platform;
const addressOf = (started: Platform): TlsAddress => started.address as unknown as TlsAddress;
const admin = (): ReturnType<typeof asCaller> =>
  asCaller({
    url: platform.address.apiUrl,
    token: readFileSync(join(platform.folder, 'admin-token'), 'utf8').trim(),
  });

beforeAll(async () => {
  platform = await startPlatform({flags: ['--auto-ports', '--tls']});
}, 60_000);

afterAll(() => platform[Symbol.asyncDispose]());

/** CONNECT over TLS; gives the answer's code and the connection. */
async function connectTls(
  certificate: Keyed | undefined,
  login: object = {},
): Promise<{code: number | undefined; socket: TLSSocket}> {
  const {ports, authority} = addressOf(platform);
  const socket = connect({
    host: '127.0.0.1',
    port: ports.mqtts,
    ca: readFileSync(authority.file),
    servername: '',
    ...(certificate ? {cert: certificate.certificatePem, key: certificate.keyPem} : {}),
  });
  socket.on('error', () => undefined);
  const packets: Packet[] = [];
  const read = parser({protocolVersion: 4});
  read.on('packet', packet => packets.push(packet));
  socket.on('data', bytes => read.parse(bytes));
  await once(socket, 'secureConnect');
  socket.write(
    generate({
      cmd: 'connect',
      protocolId: 'MQTT',
      protocolVersion: 4,
      clean: true,
      clientId: '',
      keepalive: 30,
      ...login,
    } as never),
  );
  await until(() => packets.length > 0 || socket.destroyed, 'an answer');
  return {code: (packets[0] as {returnCode?: number} | undefined)?.returnCode, socket};
}

/** A device with a certificate that the platform signed; its key was made here. */
async function certifiedDevice(id: string): Promise<Keyed & {csr: string}> {
  const {requestPem: csr, keyPem} = await createCertificateRequest({device: id});
  const {status, body} = await admin()('POST', '/v1/devices', {id, credential: 'x509', csr});
  expect(status).toBe(201);
  return {certificatePem: body.credential.chain, keyPem, csr};
}

describe('doors with TLS', () => {
  it('speak MQTT and HTTPS with the authority that the platform made, and no other', async () => {
    const {httpsUrl, authority} = addressOf(platform);
    const {username, password} = await platform.device('by-secret');
    const {code, socket} = await connectTls(undefined, {username, password: Buffer.from(password)});
    socket.destroy();
    expect(code).toBe(0);
    const trusted = await execa('curl', ['-sS', '--cacert', authority.file, `${httpsUrl}/healthz`], {
      reject: false,
    });
    expect(trusted.stdout).toBe('{"status":"ok"}');
    const untrusted = await execa('curl', ['-sS', `${httpsUrl}/healthz`], {reject: false});
    expect(untrusted.exitCode).toBe(60);
  });

  it('speak to mosquitto_pub, with a secret and with a certificate', async () => {
    const {ports, authority} = addressOf(platform);
    const {username, password} = await platform.device('by-mosquitto');
    const common = [
      '-h',
      '127.0.0.1',
      '-p',
      String(ports.mqtts),
      '--cafile',
      authority.file,
      '-q',
      '1',
      '-t',
      'me/telemetry',
      '-m',
      '{"a":1}',
    ];
    expect(
      (await execa('mosquitto_pub', [...common, '-u', username, '-P', password], {reject: false})).exitCode,
    ).toBe(0);
    const {certificatePem, keyPem} = await certifiedDevice('by-certificate');
    const [cert, key] = [join(platform.home, 'c.pem'), join(platform.home, 'k.pem')];
    writeFileSync(cert, certificatePem);
    writeFileSync(key, keyPem);
    expect(
      (await execa('mosquitto_pub', [...common, '--cert', cert, '--key', key], {reject: false})).exitCode,
    ).toBe(0);
    await until(
      async () => (await platform.api.getDevice('by-certificate')).lifecycle === 'active',
      'the device to be active',
    );
  });

  it('keep their authority and certificate over a restart, and let a context pin the authority', async () => {
    const before = addressOf(platform).authority.fingerprint;
    await platform.kill('SIGTERM');
    await platform.restart();
    expect(addressOf(platform).authority.fingerprint).toBe(before);
    const token = readFileSync(join(platform.folder, 'admin-token'), 'utf8');
    const add = [
      'context',
      'add',
      addressOf(platform).httpsUrl,
      '--name',
      'pinned',
      '--fingerprint',
      before,
      '--token-stdin',
    ];
    expect((await platform.run(add, {input: token})).exitCode).toBe(0);
    expect((await platform.run(['device', 'list', '--context', 'pinned', '-q'])).exitCode).toBe(0);
    const wrong = before.replace(/^../, before.startsWith('00') ? '11' : '00');
    const refused = await platform.run([...add.slice(0, -3), '--fingerprint', wrong, '--token-stdin'], {
      input: token,
    });
    expect(refused).toMatchObject({
      exitCode: 6,
      stderr: expect.stringContaining('IOT_TLS_UNTRUSTED') as string,
    });
  });

  it.each([
    [['--host', '0.0.0.0'], 'IOT_PLAIN_TEXT_REFUSED', undefined],
    [['--host', '0.0.0.0', '--tls'], undefined, ['mqtts', 'wss', 'https']],
    [['--host', '0.0.0.0', '--insecure'], undefined, ['mqtt', 'ws', 'api']],
  ])(
    'are what %j asks for',
    async (flags, code, doors) => {
      if (code !== undefined) {
        const run = await platform.run([
          'up',
          '--data',
          join(platform.home, 'other'),
          '--auto-ports',
          ...flags,
        ]);
        expect(run).toMatchObject({exitCode: 2, stderr: expect.stringContaining(code) as string});
        return;
      }
      await using started = await startPlatform({flags: ['--auto-ports', ...flags]});
      expect(Object.keys(started.address.ports)).toEqual(doors);
    },
    60_000,
  );

  it('are beside those without where only this machine gets to them', () => {
    expect(Object.keys(addressOf(platform).ports)).toEqual(['mqtt', 'ws', 'api', 'mqtts', 'wss', 'https']);
  });
});

describe('S21: a certificate', () => {
  it('lets its device in without a user name, or with its own, and not with another’s', async () => {
    const certificate = await certifiedDevice('cert-1');
    await platform.device('cert-2');
    for (const [login, expected] of [
      [{}, 0],
      [{username: 'cert-1@default'}, 0],
      [{username: 'cert-2@default'}, 4],
    ] as const) {
      const {code, socket} = await connectTls(certificate, login);
      socket.destroy();
      expect(code).toBe(expected);
    }
  });

  it('that is revoked ends its connection, and does not come in again', async () => {
    const certificate = await certifiedDevice('cert-3');
    const {code, socket} = await connectTls(certificate);
    expect(code).toBe(0);
    const [{id}] = (await admin()('GET', '/v1/devices/cert-3/credentials')).body.items;
    const closed = once(socket, 'close');
    await admin()('DELETE', `/v1/devices/cert-3/credentials/${id}`);
    await within(closed, 'the connection to end');
    expect((await connectTls(certificate)).code).toBe(4);
  });

  it('of a device that was deleted does not count for the next one of that name', async () => {
    const certificate = await certifiedDevice('cert-4');
    await admin()('DELETE', '/v1/devices/cert-4?force=true');
    await platform.device('cert-4');
    expect((await connectTls(certificate)).code).toBe(4);
  });

  it('is renewed with the one that there is, and both work', async () => {
    const certificate = await certifiedDevice('cert-5');
    const [cert, key, ca] = ['r.pem', 'rk.pem', 'ca.pem'].map(name => join(platform.home, name)) as [
      string,
      string,
      string,
    ];
    writeFileSync(cert, certificate.certificatePem);
    writeFileSync(key, certificate.keyPem);
    writeFileSync(ca, readFileSync(addressOf(platform).authority.file));
    const body = JSON.stringify({csr: certificate.csr});
    const url = `${addressOf(platform).httpsUrl}/v1/devices/cert-5/certificate/renew`;
    const ask = (to: string) =>
      execa(
        'curl',
        [
          '-sS',
          '--cacert',
          ca,
          '--cert',
          cert,
          '--key',
          key,
          '-H',
          'content-type: application/json',
          '-d',
          body,
          to,
        ],
        {reject: false},
      );
    const renewed = JSON.parse((await ask(url)).stdout) as {chain: string};
    expect((await connectTls({certificatePem: renewed.chain, keyPem: certificate.keyPem})).code).toBe(0);
    expect((await connectTls(certificate)).code).toBe(0);
    expect(JSON.parse((await ask(url.replace('cert-5', 'by-secret'))).stdout)).toMatchObject({
      code: 'IOT_DEVICE_UNKNOWN',
    });
  });

  it.each<[string, string, () => Promise<Keyed>]>([
    [
      'of another authority',
      'unknown-authority',
      async () =>
        makeDeviceCertificate((await makeAuthorities('default')).issuing, {
          tenant: 'default',
          device: 'cert-1',
        }),
    ],
    [
      'that it signed itself',
      'unknown-authority',
      async () => makeSelfSigned({commonName: 'cert-1', organization: 'default'}),
    ],
    [
      'that a device signed',
      'unknown-authority',
      async () => makeOddCertificate(await certifiedDevice(`ca-${Date.now()}`)),
    ],
  ])(
    'is refused, and the audit log says why: %s',
    async (_what, reason, make) => {
      const {code} = await connectTls(await make());
      expect(code).toBe(4);
      await until(async () => {
        const {items} = (await admin()('GET', '/v1/audit?platform=true&action=connect&limit=50')).body as {
          items: {reason: string}[];
        };
        return items.some(record => record.reason.includes(reason));
      }, 'the audit log to tell');
    },
    30_000,
  );

  it('of a customer’s own authority counts once the possession of its key was proved, and no longer than that', async () => {
    const {root} = await makeAuthorities('whatever');
    const registered = await admin()('POST', '/v1/authorities', {certificate: root.certificatePem});
    expect(registered).toMatchObject({status: 201, body: {state: 'pending', kind: 'customer'}});
    await platform.device('cust-1');
    const device = await makeOddCertificate(root, {commonName: 'cust-1', names: []});
    expect((await connectTls(device)).code).toBe(4);
    const {id, code} = registered.body;
    const proof = (name: string) => makeOddCertificate(root, {commonName: name, names: []});
    expect(
      (await admin()('POST', `/v1/authorities/${id}/verify`, {proof: (await proof('wrong')).certificatePem}))
        .status,
    ).toBe(400);
    expect(
      (await admin()('POST', `/v1/authorities/${id}/verify`, {proof: (await proof(code)).certificatePem}))
        .status,
    ).toBe(200);
    const admitted = await connectTls(device);
    expect(admitted.code).toBe(0);
    const closed = once(admitted.socket, 'close');
    expect((await admin()('DELETE', `/v1/authorities/${id}`)).status).toBe(204);
    await within(closed, 'the connection to end');
    expect((await connectTls(device)).code).toBe(4);
  });

  it('is on a list that openssl accepts once it is revoked', async () => {
    const {body} = await admin()('GET', '/v1/authorities/crl');
    const file = join(platform.home, 'crl.pem');
    writeFileSync(file, body);
    const text = await execa('openssl', ['crl', '-in', file, '-noout', '-text']);
    expect(text.stdout).toContain('Revoked Certificates');
  });
});
