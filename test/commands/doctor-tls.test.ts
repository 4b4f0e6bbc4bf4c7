import {writeFileSync} from 'node:fs';
import type {AddressInfo} from 'node:net';
import {join} from 'node:path';
import {createServer} from 'node:tls';
import {describe, expect, it} from 'vitest';
import DoctorTls from '../../src/commands/doctor/tls.js';
import {issueServerCertificate} from '../../src/pki/server-certificate.js';
import {ExtendedKeyUsage} from '../../src/pki/x509.js';
import {asCaller} from '../support/as-caller.js';
import {makeAuthorities, makeDeviceCertificate, makeOddCertificate} from '../support/certificates.js';
import {runCommand} from '../support/run-command.js';
import {startTestApi} from '../support/start-api.js';
import {temporaryFolder} from '../support/temporary-folder.js';
import {withContext} from '../support/with-context.js';

const DAY_MS = 86_400_000;
const LOOPBACK = [{type: 'ip' as const, value: '127.0.0.1'}];

async function startTls({certificatePem: cert, keyPem: key}: {certificatePem: string; keyPem: string}) {
  const server = createServer({cert, key}, socket => socket.on('error', () => undefined));
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `mqtts://127.0.0.1:${(server.address() as AddressInfo).port}`,
    [Symbol.asyncDispose]: () => new Promise<void>(resolve => server.close(() => resolve())),
  };
}

interface Finding {
  readonly name: string;
  readonly state: string;
  readonly detail: string;
}

const failedIn = (stdout: string): Finding[] =>
  (JSON.parse(stdout) as Finding[]).filter(({state}) => state === 'failed');

describe('doctor tls', () => {
  it('finds nothing wrong with a proper certificate', async () => {
    await using _context = await withContext(undefined, '');
    await using folder = await temporaryFolder();
    const {root} = await makeAuthorities();
    writeFileSync(join(folder.path, 'ca.pem'), root.certificatePem);
    await using server = await startTls(
      await issueServerCertificate(root, {names: ['127.0.0.1'], nowMs: Date.now()}),
    );
    const run = await runCommand(DoctorTls, server.url, '--ca', join(folder.path, 'ca.pem'), '-o', 'json');
    expect(run).toMatchObject({exitCode: 0});
    expect((JSON.parse(run.stdout) as Finding[]).map(({name, state}) => `${name} ${state}`)).toEqual([
      'validity ok',
      'usage ok',
      'authority ok',
      'name ok',
      'key ok',
    ]);
  });

  it.each([
    [
      'expired',
      'validity',
      {notAfterMs: Date.now() - DAY_MS, notBeforeMs: Date.now() - 9 * DAY_MS},
      /expired/,
    ],
    ['not yet valid', 'validity', {notBeforeMs: Date.now() + DAY_MS}, /not valid before/],
    ['for clients only', 'usage', {usages: [ExtendedKeyUsage.clientAuth]}, /serverAuth/],
    [
      'of another name',
      'name',
      {names: [{type: 'dns' as const, value: 'elsewhere.example'}]},
      /elsewhere\.example/,
    ],
  ])('names the check that fails when the certificate is %s', async (_what, name, oddities, why) => {
    await using _context = await withContext(undefined, '');
    await using folder = await temporaryFolder();
    const {root} = await makeAuthorities();
    writeFileSync(join(folder.path, 'ca.pem'), root.certificatePem);
    const certificate = await makeOddCertificate(root, {
      names: LOOPBACK,
      usages: [ExtendedKeyUsage.serverAuth],
      ...oddities,
    });
    await using server = await startTls(certificate);
    const run = await runCommand(DoctorTls, server.url, '--ca', join(folder.path, 'ca.pem'), '-o', 'json');
    expect(run.exitCode).toBe(9);
    const findings = failedIn(run.stdout);
    expect(findings.map(finding => finding.name)).toContain(name);
    expect(findings.find(finding => finding.name === name)!.detail).toMatch(why);
  });

  it('names an authority that nobody trusts', async () => {
    await using _context = await withContext(undefined, '');
    const {root} = await makeAuthorities();
    await using server = await startTls(
      await issueServerCertificate(root, {names: ['127.0.0.1'], nowMs: Date.now()}),
    );
    const run = await runCommand(DoctorTls, server.url, '-o', 'json');
    expect(run.exitCode).toBe(9);
    expect(failedIn(run.stdout).map(({name}) => name)).toEqual(['authority']);
  });

  it('says where there is nothing to check', async () => {
    await using _context = await withContext(undefined, '');
    expect((await runCommand(DoctorTls)).exitCode).toBe(2);
    expect((await runCommand(DoctorTls, 'http://127.0.0.1:1')).exitCode).toBe(2);
    expect((await runCommand(DoctorTls, 'https://127.0.0.1:1')).exitCode).toBe(3);
  });
});

describe('doctor tls --cert', () => {
  it('says what the platform would: let in, of another device, revoked, or of an unknown authority', async () => {
    await using api = await startTestApi();
    await using context = await withContext(api.url, api.token);
    const admin = asCaller(api);
    const {createCertificateRequest} = await import('../../src/pki/request.js');
    const {requestPem: csr} = await createCertificateRequest({device: 'lamp-1'});
    const made = await admin('POST', '/v1/devices', {id: 'lamp-1', credential: 'x509', csr});
    expect(made.status).toBe(201);
    const file = join(context.folder, 'lamp-1.pem');
    writeFileSync(file, made.body.credential.certificate);
    expect(await runCommand(DoctorTls, '--cert', file, '--device', 'lamp-1')).toMatchObject({exitCode: 0});
    const other = await runCommand(DoctorTls, '--cert', file, '--device', 'lamp-2', '-o', 'json');
    expect(failedIn(other.stdout)[0]!.detail).toContain('wrong-name');
    const [{id}] = (await admin('GET', '/v1/devices/lamp-1/credentials')).body.items;
    await admin('DELETE', `/v1/devices/lamp-1/credentials/${id}`);
    const revoked = await runCommand(DoctorTls, '--cert', file, '-o', 'json');
    expect(failedIn(revoked.stdout)[0]!.detail).toContain('revoked');
    const stranger = join(context.folder, 'stranger.pem');
    writeFileSync(stranger, (await makeDeviceCertificate((await makeAuthorities()).issuing)).certificatePem);
    const unknown = await runCommand(DoctorTls, '--cert', stranger, '-o', 'json');
    expect(failedIn(unknown.stdout)[0]!.detail).toContain('unknown-authority');
  });
});
