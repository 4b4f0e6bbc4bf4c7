/** A real platform, real clients: devices that nobody knows yet get what they log in with, over MQTT and HTTPS, and log in. */
import {readFileSync, writeFileSync} from 'node:fs';
import {request} from 'node:https';
import {join} from 'node:path';
import {execa} from 'execa';
import {connectAsync, type MqttClient} from 'mqtt';
import {beforeAll, expect, it} from 'vitest';
import {createCertificateRequest} from '../../src/pki/request.js';
import {makeAuthorities, makeOddCertificate} from '../support/certificates.js';
import {until} from '../support/deadline.js';
import {mosquittoInstalled} from '../support/mosquitto.js';
import {startPlatform} from '../support/start-platform.js';

let platform: Awaited<ReturnType<typeof startPlatform>>;
const caFile = (): string => join(platform.folder, 'tls/ca.crt');

beforeAll(async () => {
  platform = await startPlatform({flags: ['--auto-ports', '--tls']});
  return async () => await platform[Symbol.asyncDispose]();
});

async function run(...argv: string[]): Promise<string> {
  const {stdout, stderr, exitCode} = await platform.run(argv);
  expect(exitCode, String(stderr)).toBe(0);
  return String(stdout);
}

/** Logs in, says something, and waits until the registry knows. */
async function saysSomething(login: {
  username: string;
  password?: string;
  cert?: string;
  key?: string;
}): Promise<void> {
  const {mqttsUrl} = platform.address as unknown as {mqttsUrl: string};
  const client = await connectAsync(mqttsUrl, {...login, ca: readFileSync(caFile()), reconnectPeriod: 0});
  await client.publishAsync('me/telemetry', '{"temperature":1}', {qos: 1});
  await client.endAsync();
  const id = login.username.split('@')[0]!;
  await until(async () => (await platform.api.getDevice(id)).lifecycle === 'active', `${id} to be active`);
}

const firstAnswer = (client: MqttClient): Promise<Record<string, string>> =>
  new Promise(resolve =>
    client.once('message', (_topic, payload) =>
      resolve(JSON.parse(payload.toString()) as Record<string, string>),
    ),
  );

it('by MQTT with a claim code, with mosquitto’s client', async context => {
  if (!mosquittoInstalled()) return context.skip();
  const {code} = JSON.parse(await run('claim', 'create', '--model', 'pump', '-o', 'json')) as {code: string};
  const tls = ['-h', '127.0.0.1', '-p', String(platform.address.ports.mqtts), '--cafile', caFile()];
  const topics = ['-t', '$prov/v1/claim/req', '-e', '$prov/v1/claim/res'];
  const ask = (password: string) =>
    execa('mosquitto_rr', [
      ...tls,
      ...topics,
      '-u',
      '$claim',
      '-P',
      password,
      '-m',
      '{"serial":"A4711"}',
      '-W',
      '10',
    ]);
  const {stdout} = await ask(code);
  const answer = JSON.parse(stdout) as {username: string; secret: string};
  expect(answer).toMatchObject({status: 200, device: 'pump-A4711', tenant: 'default'});
  await saysSomething({username: answer.username, password: answer.secret});
  expect(JSON.parse((await ask(code)).stdout)).toMatchObject({status: 410, code: 'IOT_CLAIM_USED'});
  expect(JSON.parse((await ask('0000-0000-001')).stdout)).toMatchObject({status: 400});
});

it('by MQTT with a key of a group, for a certificate', async () => {
  await run('enroll', 'group', 'create', 'line-7', '--key', '--secret-file', 'line-7.key');
  await run(
    'enroll',
    'group',
    'derive',
    'line-7',
    'pump-12',
    '--key-file',
    'line-7.key',
    '--secret-file',
    'pump-12.key',
  );
  const signed = ['--key-file', 'pump-12.key', '--key-id', 'enroll:line-7', '-o', 'json'];
  const {username, token} = JSON.parse(await run('device', 'token', 'pump-12', ...signed)) as Record<
    string,
    string
  >;
  const {requestPem: csr, keyPem: key} = await createCertificateRequest({device: 'pump-12'});
  const client = await connectAsync(platform.address.mqttUrl, {
    username: username!,
    password: token!,
    protocolVersion: 5,
  });
  const heard = firstAnswer(client);
  await client.subscribeAsync('$prov/v1/pump-12/res');
  await client.publishAsync('$prov/v1/pump-12/req', JSON.stringify({csr}), {qos: 1});
  const answer = await heard;
  await client.endAsync();
  expect(answer).toMatchObject({status: 200, device: 'pump-12'});
  await saysSomething({username: 'pump-12@default', cert: answer.chain!, key});
  // The key that it registered with lets nobody log in, and is nowhere to be read.
  await expect(
    connectAsync(
      platform.address.mqttUrl,
      {username: username!, password: token!.replace('enroll:', 'group:'), reconnectPeriod: 0},
      false,
    ),
  ).rejects.toThrow();
  const [groupKey, deviceKey] = ['line-7.key', 'pump-12.key'].map(name =>
    readFileSync(join(platform.home, name), 'utf8').trim(),
  );
  const shown = [
    await run('enroll', 'group', 'list', '-o', 'json'),
    await run('audit', 'list', '-o', 'json'),
    platform.log,
  ];
  const events = await platform.run(['tail', '--no-follow', '-o', 'ndjson']);
  for (const secret of [groupKey!, deviceKey!])
    expect([...shown, events.stdout].join('')).not.toContain(secret);
});

it('by HTTPS with a certificate of the maker’s authority, which is shown in the handshake', async () => {
  const {root} = await makeAuthorities();
  writeFileSync(join(platform.home, 'maker.pem'), root.certificatePem);
  const {id, code} = JSON.parse(await run('ca', 'add', 'maker.pem', '-o', 'json')) as {
    id: string;
    code: string;
  };
  const proof = await makeOddCertificate(root, {commonName: code, names: []});
  writeFileSync(join(platform.home, 'proof.pem'), proof.certificatePem);
  await run('ca', 'verify', id, 'proof.pem');
  await run('enroll', 'group', 'create', 'trucks', '--ca', id, '--label', 'fleet=1');
  const {certificatePem: cert, keyPem: key} = await makeOddCertificate(root, {
    commonName: 'truck-1',
    names: [],
  });
  const {httpsUrl} = platform.address as unknown as {httpsUrl: string};
  const text = await new Promise<string>((resolve, reject) => {
    const headers = {'content-type': 'application/json'};
    request(
      `${httpsUrl}/v1/provision/register`,
      {method: 'POST', headers, cert, key, ca: readFileSync(caFile())},
      answer => {
        let body = '';
        answer.on('data', (piece: Buffer) => {
          body += piece.toString();
        });
        answer.on('end', () => resolve(body));
      },
    )
      .on('error', reject)
      .end('{}');
  });
  const answer = JSON.parse(text) as {username: string; secret: string; mqttUrls: string[]};
  expect(answer).toMatchObject({device: 'truck-1', tenant: 'default'});
  expect(answer.mqttUrls[0]).toMatch(/^mqtts:/);
  await saysSomething({username: answer.username, password: answer.secret});

  // By MQTT it is the same; and its certificate lets it register, and not log in.
  const {mqttsUrl} = platform.address as unknown as {mqttsUrl: string};
  const truck = await makeOddCertificate(root, {commonName: 'truck-2', names: []});
  const tls = {cert: truck.certificatePem, key: truck.keyPem, ca: readFileSync(caFile()), reconnectPeriod: 0};
  const client = await connectAsync(mqttsUrl, tls);
  const heard = firstAnswer(client);
  await client.subscribeAsync('$prov/v1/truck-2/res');
  await client.publishAsync('$prov/v1/truck-2/req', '');
  const {secret, ...second} = await heard;
  await client.endAsync();
  expect(second).toMatchObject({status: 200, device: 'truck-2'});
  await saysSomething({username: second.username!, password: secret!});
});
