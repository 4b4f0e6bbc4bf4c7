import {createPrivateKey} from 'node:crypto';
import {access, readdir, readFile, stat, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {expect, it} from 'vitest';
import DeviceCreate from '../../src/commands/device/create.js';
import CredentialAdd from '../../src/commands/device/credential/add.js';
import DeviceRotate from '../../src/commands/device/rotate.js';
import {commandTest} from '../support/command-test.js';
import {CERTIFICATE, CHAIN} from '../support/fake-credentials.js';
import {deviceOf} from '../support/fake-platform.js';
import {runCommand} from '../support/run-command.js';

const test = commandTest();

it('makes the key here, sends only a request for it, and keeps key, certificate and chain', async () => {
  const out = join(test.folder, 'certificates');
  const run = await runCommand(DeviceCreate, 'lamp-1', 'lamp-2', '--x509', '--out', out, '-o', 'json');
  expect(run).toMatchObject({exitCode: 0, stderr: ''});
  expect(JSON.parse(run.stdout)).toMatchObject([
    {files: {key: join(out, 'lamp-1.key.pem')}},
    {device: {id: 'lamp-2'}},
  ]);
  const pem = await readFile(join(out, 'lamp-1.key.pem'), 'utf8');
  expect(createPrivateKey(pem).asymmetricKeyType).toBe('ec');
  expect((await stat(join(out, 'lamp-1.key.pem'))).mode & 0o777).toBe(0o600);
  expect(await readFile(join(out, 'lamp-1.cert.pem'), 'utf8')).toBe(CERTIFICATE);
  expect(await readFile(join(out, 'lamp-1.chain.pem'), 'utf8')).toBe(CHAIN);
  const sent = JSON.stringify(test.platform.requests);
  expect(sent).toContain('BEGIN CERTIFICATE REQUEST');
  for (const said of [sent, run.stdout, JSON.stringify(run.result)])
    expect(said).not.toContain('PRIVATE KEY');
});

it('says where the files are', async () => {
  const {stdout} = await runCommand(DeviceCreate, 'lamp-1', '--x509', '--out', test.folder, '-o', 'csv');
  const path = (name: string): string => join(test.folder, `lamp-1.${name}.pem`);
  expect(stdout).toBe(
    `id,username,key,certificate,chain\r\nlamp-1,lamp-1@default,${path('key')},${path('cert')},${path('chain')}\r\n`,
  );
});

it('never overwrites a key, and then asks for nothing', async () => {
  const path = join(test.folder, 'lamp-1.cert.pem');
  await writeFile(path, 'mine');
  const run = await runCommand(DeviceCreate, 'lamp-1', '--x509', '--out', test.folder);
  expect(run).toMatchObject({exitCode: 5, error: {code: 'IOT_CONFLICT'}});
  expect(await readFile(path, 'utf8')).toBe('mine');
  await expect(access(join(test.folder, 'lamp-1.key.pem'))).rejects.toThrow('ENOENT');
  expect(test.platform.requests).toEqual([]);
});

it('leaves nothing behind when the platform refuses, or has the device already', async () => {
  test.platform.devices.set('lamp-1', deviceOf('lamp-1'));
  const out = join(test.folder, 'certificates');
  expect(await runCommand(DeviceCreate, 'lamp-1', '--x509', '--out', out)).toMatchObject({exitCode: 5});
  const kept = await runCommand(DeviceCreate, 'lamp-1', '--x509', '--out', out, '--if-not-exists', '-q');
  expect(kept).toMatchObject({exitCode: 0, stdout: 'lamp-1\n'});
  expect(await readdir(out)).toEqual([]);
});

it('says what was made before one failed, which is in its files', async () => {
  test.platform.devices.set('lamp-2', deviceOf('lamp-2'));
  const {exitCode, stderr} = await runCommand(
    DeviceCreate,
    'lamp-1',
    'lamp-2',
    '--x509',
    '--out',
    test.folder,
  );
  expect(stderr).toContain('1 of 2 devices were created before this failed');
  expect(exitCode).toBe(5);
  expect(await readFile(join(test.folder, 'lamp-1.cert.pem'), 'utf8')).toBe(CERTIFICATE);
});

it.each([
  [
    'device credential add',
    CredentialAdd,
    {kind: 'x509', csr: expect.stringContaining('BEGIN CERTIFICATE REQUEST')},
  ],
  [
    'device rotate',
    DeviceRotate,
    {kind: 'x509', graceMs: 86_400_000, csr: expect.stringContaining('BEGIN CERTIFICATE REQUEST')},
  ],
])('%s gives a certificate to a device that is there', async (_name, command, asked) => {
  test.platform.devices.set('lamp-1', deviceOf('lamp-1'));
  const run = await runCommand(command, 'lamp-1', '--kind', 'x509', '--out', test.folder, '-o', 'json');
  expect(JSON.parse(run.stdout)).toMatchObject({files: {key: join(test.folder, 'lamp-1.key.pem')}});
  expect(test.platform.requests[0]!.body).toEqual(asked);
  expect(run.stdout + run.stderr).not.toContain('PRIVATE KEY');
});
