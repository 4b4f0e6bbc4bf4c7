import {once} from 'node:events';
import {mkdir, readdir, readFile, writeFile} from 'node:fs/promises';
import {createServer as createPlainServer, type RequestListener} from 'node:http';
import {createServer} from 'node:https';
import type {AddressInfo, Server} from 'node:net';
import {join} from 'node:path';
import type {TLSSocket} from 'node:tls';
import {expect, it} from 'vitest';
import DeviceRenew from '../../src/commands/device/renew.js';
import {createIssuingAuthority, createRootAuthority} from '../../src/pki/authority.js';
import {signDeviceRequest} from '../../src/pki/device-certificate.js';
import {createCertificateRequest} from '../../src/pki/request.js';
import {issueServerCertificate} from '../../src/pki/server-certificate.js';
import {commandTest} from '../support/command-test.js';
import {CERTIFICATE, CHAIN} from '../support/fake-credentials.js';
import {type CommandRun, runCommand} from '../support/run-command.js';
import {withStdin} from '../support/with-stdin.js';

const NOT_AFTER = '2027-01-31T12:00:00.000Z';
const SECRET = 'device-secret-canary';

const test = commandTest();

interface Asked {
  url: string;
  authorization: string | undefined;
  /** Common name of the certificate that the device presented. */
  certificate: string | undefined;
}

async function listen(server: Server, scheme: string) {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `${scheme}://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      await new Promise(resolve => server.close(resolve));
    },
  };
}

/** Signs what it is asked to, and remembers who asked. */
const signer =
  (asked: Asked[]): RequestListener =>
  (request, response) => {
    const {url = '', headers, socket} = request;
    const {subject} = (socket as TLSSocket).getPeerCertificate?.() ?? {};
    const name = subject?.CN as string | undefined;
    asked.push({url, authorization: headers.authorization, certificate: name});
    request.resume();
    response.writeHead(201, {'content-type': 'application/json', connection: 'close'});
    response.end(JSON.stringify({certificate: CERTIFICATE, chain: CHAIN, notAfter: NOT_AFTER}));
  };

const saidBy = ({stdout, stderr, result}: CommandRun): string => stdout + stderr + JSON.stringify(result);

it('proves itself with the certificate that it has, to a platform that its authority vouches for', async () => {
  const nowMs = Date.now();
  const root = await createRootAuthority({name: 'test', nowMs});
  const issuing = await createIssuingAuthority(root, {tenant: 'acme', nowMs});
  const server = await issueServerCertificate(root, {names: ['127.0.0.1'], nowMs});
  const {requestPem, keyPem} = await createCertificateRequest({device: 'lamp-1'});
  const generation = 'c0ffee00-0000-4000-8000-000000000000';
  const device = await signDeviceRequest(issuing, {
    requestPem,
    tenant: 'acme',
    device: 'lamp-1',
    generation,
    nowMs,
    days: 30,
  });
  const from = join(test.folder, 'certificates');
  await mkdir(from);
  await writeFile(join(from, 'lamp-1.key.pem'), keyPem);
  await writeFile(join(from, 'lamp-1.chain.pem'), device.chainPem);
  const ca = join(test.folder, 'ca.pem');
  await writeFile(ca, root.certificatePem);
  const asked: Asked[] = [];
  const options = {
    key: server.keyPem,
    cert: server.certificatePem,
    ca: root.certificatePem,
    requestCert: true,
  };
  await using platform = await listen(createServer(options, signer(asked)), 'https');
  const out = join(test.folder, 'renewed');
  const argv = ['lamp-1', '--from', from, '--url', platform.url];
  const run = await runCommand(DeviceRenew, ...argv, '--ca', ca, '--out', out, '-o', 'json');
  expect(run.stderr).toBe('');
  expect(asked).toEqual([
    {url: '/v1/devices/lamp-1/certificate/renew', authorization: undefined, certificate: 'lamp-1'},
  ]);
  expect(JSON.parse(run.stdout)).toMatchObject({
    notAfter: NOT_AFTER,
    files: {key: join(out, 'lamp-1.key.pem')},
  });
  expect(await readFile(join(out, 'lamp-1.key.pem'), 'utf8')).not.toBe(keyPem);
  expect(await readFile(join(out, 'lamp-1.chain.pem'), 'utf8')).toBe(CHAIN);
  expect(saidBy(run)).not.toContain('PRIVATE KEY');
  const untrusting = await runCommand(DeviceRenew, ...argv, '--out', join(test.folder, 'none'));
  expect(untrusting).toMatchObject({exitCode: 3, error: {code: 'IOT_PLATFORM_UNREACHABLE'}});
  expect(asked).toHaveLength(1);
});

it('proves itself with its secret, which nobody sees', async () => {
  const asked: Asked[] = [];
  await using platform = await listen(createPlainServer(signer(asked)), 'http');
  using _stdin = withStdin(`${SECRET}\n`);
  const argv = [
    'lamp-1',
    '--secret-from',
    '-',
    '--tenant',
    'acme',
    '--url',
    platform.url,
    '--out',
    test.folder,
  ];
  const run = await runCommand(DeviceRenew, ...argv);
  expect(run).toMatchObject({exitCode: 0});
  expect(Buffer.from(asked[0]!.authorization!.slice('Basic '.length), 'base64').toString()).toBe(
    `lamp-1@acme:${SECRET}`,
  );
  expect(saidBy(run)).not.toContain(SECRET);
});

it('says what the platform says, and leaves nothing behind', async () => {
  using _stdin = withStdin(SECRET);
  const out = join(test.folder, 'renewed');
  const argv = ['lamp-1', '--secret-from', '-', '--tenant', 'acme', '--url', test.platform.url, '--out', out];
  const run = await runCommand(DeviceRenew, ...argv);
  expect(run).toMatchObject({exitCode: 6, error: {code: 'IOT_UNAUTHENTICATED'}});
  expect(saidBy(run)).not.toContain(SECRET);
  expect(await readdir(out)).toEqual([]);
});

it.each([
  [['lamp-1'], 2, 'exactly one'],
  [['lamp-1', '--from', 'a', '--secret-from', 'b'], 2, 'cannot also be provided'],
  [['lamp/1', '--from', 'a'], 2, 'not a device id'],
  [['lamp-1', '--from', '/nowhere', '--url', 'mqtt://x'], 2, 'not the URL of an API'],
  [['lamp-1', '--from', '/nowhere'], 7, 'cannot read /nowhere/lamp-1.key.pem'],
])('refuses %j', async (argv, exitCode, message) => {
  const run = await runCommand(DeviceRenew, ...argv);
  expect(run.stderr.toLowerCase()).toContain(message.toLowerCase());
  expect(run.exitCode).toBe(exitCode);
  expect(test.platform.requests).toEqual([]);
});
