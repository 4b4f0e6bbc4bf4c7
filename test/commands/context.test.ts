import {once} from 'node:events';
import {chmod, mkdir, readFile, rm, stat, writeFile} from 'node:fs/promises';
import {createServer} from 'node:http';
import type {AddressInfo} from 'node:net';
import {join} from 'node:path';
import {afterAll, beforeAll, describe, expect, it} from 'vitest';
import {saveContext} from '../../src/client/contexts.js';
import ContextAdd from '../../src/commands/context/add.js';
import ContextList from '../../src/commands/context/list.js';
import ContextRemove from '../../src/commands/context/remove.js';
import ContextShow from '../../src/commands/context/show.js';
import ContextUse from '../../src/commands/context/use.js';
import DeviceList from '../../src/commands/device/list.js';
import Pub from '../../src/commands/pub.js';
import Sub from '../../src/commands/sub.js';
import {startFakePlatform, TOKEN} from '../support/fake-platform.js';
import {mosquittoInstalled, startMosquitto} from '../support/mosquitto.js';
import {type Certificate, certificateMaker, startTlsProxy} from '../support/openssl-certificates.js';
import {runCommand} from '../support/run-command.js';
import {temporaryFolder} from '../support/temporary-folder.js';
import {withContext} from '../support/with-context.js';

const SECRET = 'iotctl_pat_very-secret';

it('keeps a context for its owner alone, and never prints its token', async () => {
  await using context = await withContext('http://127.0.0.1:8080', SECRET);
  const path = join(context.folder, 'iotctl', 'config.yaml');
  expect(await readFile(path, 'utf8')).toContain(SECRET);
  expect((await stat(path)).mode & 0o777).toBe(0o600);
  for (const command of [ContextList, ContextShow]) {
    for (const format of ['table', 'json', 'csv']) {
      const {stdout, exitCode} = await runCommand(command, '-o', format);
      expect(stdout).toContain('http://127.0.0.1:8080');
      expect(stdout).not.toContain(SECRET);
      expect(exitCode).toBe(0);
    }
  }
});

it('goes after a platform that the environment gives, unless it was typed', async () => {
  await using platform = await startFakePlatform();
  await using _context = await withContext('http://127.0.0.1:1', SECRET);
  Object.assign(process.env, {IOTCTL_CONTEXT: 'local', IOTCTL_URL: platform.url, IOTCTL_TOKEN: TOKEN});
  expect((await runCommand(DeviceList)).exitCode).toBe(0);
  expect((await runCommand(DeviceList, '--context', 'local')).error).toMatchObject({
    code: 'IOT_PLATFORM_UNREACHABLE',
  });
});

it('adds, uses and removes', async () => {
  await using _context = await withContext('http://127.0.0.1:8080', SECRET);
  await runCommand(ContextAdd, 'lab', '--url', 'http://127.0.0.1:9090', '--token', 'other', '--no-verify');
  expect((await runCommand(ContextShow, '-q')).stdout).toBe('local\n');
  expect((await runCommand(ContextUse, 'lab', '-q')).stdout).toBe('lab\n');
  expect((await runCommand(ContextShow, '-q')).stdout).toBe('lab\n');
  expect((await runCommand(ContextShow, 'local', '-q')).stdout).toBe('local\n');
  await runCommand(ContextRemove, 'lab');
  expect((await runCommand(ContextList, '-q')).stdout).toBe('local\n');
});

it('leaves the settings in the configuration as they are', async () => {
  await using context = await withContext(undefined, SECRET);
  const path = join(context.folder, 'iotctl', 'config.yaml');
  await mkdir(join(context.folder, 'iotctl'));
  await writeFile(path, 'settings:\n  output: ndjson\n');
  await runCommand(ContextAdd, 'lab', '--url', 'http://127.0.0.1:9090', '--token', SECRET, '--no-verify');
  const {stdout} = await runCommand(ContextList);
  expect(JSON.parse(stdout)).toMatchObject({name: 'lab'});
});

it.each([
  [ContextUse, ['nowhere'], 4],
  [ContextRemove, ['nowhere'], 4],
  [ContextAdd, ['x', '--url', 'mqtt://127.0.0.1', '--token', 't'], 2],
  [ContextAdd, ['x', '--url', 'http://127.0.0.1'], 2],
] as const)('%s with %j ends with exit code %i', async (command, argv, exitCode) => {
  await using _context = await withContext('http://127.0.0.1:8080', SECRET);
  expect(await runCommand(command, ...argv)).toMatchObject({exitCode});
});

/** A configuration without contexts, and what it holds afterwards. */
async function emptyConfiguration() {
  const context = await withContext(undefined, '');
  const path = join(context.folder, 'iotctl', 'config.yaml');
  return {
    path,
    read: async () => {
      const {contexts} = JSON.parse(await readFile(path, 'utf8')) as {
        contexts: Record<string, Record<string, unknown>>;
      };
      return contexts;
    },
    isEmpty: async () => (await readFile(path, 'utf8').catch(() => '')) === '',
    [Symbol.asyncDispose]: () => context[Symbol.asyncDispose](),
  };
}

describe('adding', () => {
  it('takes the URL first too, with a name or the host for one', async () => {
    await using config = await emptyConfiguration();
    await using platform = await startFakePlatform();
    const first = await runCommand(ContextAdd, platform.url, '--name', 'lab', '--token', TOKEN);
    expect(first).toMatchObject({exitCode: 0});
    expect(first.stderr).toContain(`answered at ${platform.url}`);
    expect(first.stderr).toContain('Warning: others on this machine can see the token');
    expect(await runCommand(ContextAdd, platform.url, '--token', TOKEN)).toMatchObject({exitCode: 0});
    expect(await config.read()).toEqual({
      lab: {url: platform.url, token: TOKEN, tenant: 'default'},
      '127.0.0.1': {url: platform.url, token: TOKEN, tenant: 'default'},
    });
  });

  it('keeps nothing that was tried in vain, and everything that is not to be tried', async () => {
    await using config = await emptyConfiguration();
    await using platform = await startFakePlatform();
    for (const [url, token, code] of [
      [platform.url, 'wrong', 'IOT_UNAUTHENTICATED'],
      ['http://127.0.0.1:1', TOKEN, 'IOT_PLATFORM_UNREACHABLE'],
    ] as const) {
      const {error} = await runCommand(ContextAdd, url, '--token', token);
      expect(error).toMatchObject({code, message: expect.stringContaining('nothing was saved') as string});
    }
    expect(await config.isEmpty()).toBe(true);
    await runCommand(ContextAdd, 'http://127.0.0.1:1', '--name', 'later', '--token', TOKEN, '--no-verify');
    expect(Object.keys(await config.read())).toEqual(['later']);
  });

  it('knows whose token it is where the platform says so', async () => {
    await using config = await emptyConfiguration();
    const server = createServer((request, response) => {
      response.end(
        JSON.stringify(
          request.url === '/v1/me' ? {user: 'ada', tenant: 'acme'} : {version: '\u001b[2J9', state: 'ok'},
        ),
      );
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const {stderr} = await runCommand(ContextAdd, url, '--name', 'lab', '--token', TOKEN);
    expect(stderr).toContain('the token is ada’s, of tenant acme');
    expect(stderr).not.toContain('\u001b[2J');
    expect(await config.read()).toMatchObject({lab: {user: 'ada', tenant: 'acme'}});
    await new Promise(resolve => server.close(resolve));
  });

  it('does not let a name that nobody typed take the place of another', async () => {
    await using config = await emptyConfiguration();
    await runCommand(ContextAdd, 'http://127.0.0.1:1', '--token', 'a', '--no-verify');
    const {error} = await runCommand(ContextAdd, 'http://127.0.0.1:2', '--token', 'b', '--no-verify');
    expect(error).toMatchObject({code: 'IOT_CONFLICT'});
    expect(await config.read()).toMatchObject({'127.0.0.1': {url: 'http://127.0.0.1:1'}});
  });

  it('takes its token from the environment, and nothing else that is there for other commands', async () => {
    await using config = await emptyConfiguration();
    Object.assign(process.env, {
      IOTCTL_URL: 'http://elsewhere',
      IOTCTL_USERNAME: 'lamp-1',
      IOTCTL_TOKEN: 'of-the-environment',
    });
    const {stderr} = await runCommand(ContextAdd, 'http://127.0.0.1:1', '--name', 'lab', '--no-verify');
    expect(stderr).toBe('');
    await runCommand(ContextAdd, 'http://127.0.0.1:1', '--name', 'typed', '--token', 'typed', '--no-verify');
    expect(await config.read()).toEqual({
      lab: {url: 'http://127.0.0.1:1', token: 'of-the-environment'},
      typed: {url: 'http://127.0.0.1:1', token: 'typed'},
    });
  });

  it.each([
    ['http://iot.example.com', true],
    ['https://iot.example.com', false],
    ['http://127.0.0.1:1', false],
    ['http://[::1]:1', false],
    ['http://127.example.com', true],
  ])('warns of a token in the clear for %s: %s', async (url, warns) => {
    await using _config = await emptyConfiguration();
    process.env.IOTCTL_TOKEN = 't';
    const {stderr} = await runCommand(ContextAdd, url, '--name', 'x', '--no-verify');
    expect(stderr.includes('is not encrypted')).toBe(warns);
  });

  it('keeps the command for a token, and asks it each time', async () => {
    await using config = await emptyConfiguration();
    await using platform = await startFakePlatform();
    await using folder = await temporaryFolder();
    const file = join(folder.path, 'token');
    await writeFile(file, `${TOKEN}\n`);
    await runCommand(ContextAdd, platform.url, '--name', 'lab', '--token-command', `cat ${file}`);
    expect(await readFile(config.path, 'utf8')).not.toContain(TOKEN);
    expect(await runCommand(DeviceList)).toMatchObject({exitCode: 0});
    const {stdout} = await runCommand(ContextShow, '-o', 'json');
    expect(JSON.parse(stdout)).toMatchObject({hasToken: true, tokenSource: 'command'});
    expect(stdout).not.toContain(file);
    await writeFile(file, 'other\n');
    expect((await runCommand(DeviceList)).error).toMatchObject({code: 'IOT_UNAUTHENTICATED'});
    await chmod(folder.path, 0o700);
    await rm(file);
    expect((await runCommand(DeviceList)).error).toMatchObject({code: 'IOT_TOKEN_COMMAND'});
  });

  it.each([
    ['no token at all', ['http://127.0.0.1:1'], 'nobody here to ask'],
    ['an empty token', ['http://127.0.0.1:1', '--token', ' '], 'the token is empty'],
    ['an empty command', ['http://127.0.0.1:1', '--token-command', ''], 'is empty'],
    ['two tokens', ['http://127.0.0.1:1', '--token', 'a', '--token-command', 'b'], '--token'],
    ['two names', ['a', '--name', 'b', '--url', 'http://127.0.0.1:1', '--token', 't'], 'two names'],
    ['a login in the URL', ['http://me:secret@127.0.0.1:1', '--token', 't'], 'holds no login'],
    ['a broker without its kind', ['mqtt://127.0.0.1:1', '--token', 't'], '--kind mqtt'],
    ['a token for a broker', ['mqtt://127.0.0.1:1', '--kind', 'mqtt', '--token', 't'], 'takes no token'],
    ['a user name for a platform', ['http://127.0.0.1:1', '--token', 't', '-u', 'me'], '--kind mqtt'],
    ['a CA without TLS', ['http://127.0.0.1:1', '--token', 't', '--ca', 'x'], 'does not use'],
    [
      'half a fingerprint',
      ['https://127.0.0.1:1', '--token', 't', '--fingerprint', 'AB:CD'],
      'not a SHA-256',
    ],
  ])('refuses %s', async (_name, argv, words) => {
    await using config = await emptyConfiguration();
    const {exitCode, stderr} = await runCommand(ContextAdd, ...argv, '--no-verify');
    expect(exitCode).toBe(2);
    expect(stderr).toContain(words);
    expect(stderr).not.toContain('secret@');
    expect(await config.isEmpty()).toBe(true);
  });

  it.runIf(mosquittoInstalled())('keeps a plain broker that answers, for pub and sub', async () => {
    await using config = await emptyConfiguration();
    await using broker = await startMosquitto();
    const {exitCode, stderr} = await runCommand(ContextAdd, broker.url, '--kind', 'mqtt', '--name', 'broker');
    expect(stderr).toContain(`A broker answered at ${broker.url}`);
    expect(exitCode).toBe(0);
    expect(await config.read()).toEqual({broker: {kind: 'mqtt', url: broker.url, mqttUrl: broker.url}});
    expect(await runCommand(Pub, 'a/b', '-m', 'x', '--qos', '1')).toMatchObject({exitCode: 0});
    expect(await runCommand(Sub, 'a/b', '--wait', '100ms')).toMatchObject({exitCode: 0});
    await broker.kill();
    const gone = await runCommand(ContextAdd, broker.url, '--kind', 'mqtt', '--name', 'gone');
    expect(gone.error).toMatchObject({code: 'IOT_BROKER_UNREACHABLE'});
  });
});

describe('a platform with TLS', () => {
  let maker: Awaited<ReturnType<typeof certificateMaker>>;
  let ca: Certificate;
  let leaf: Certificate;
  beforeAll(async () => {
    maker = await certificateMaker();
    ca = await maker.make({name: 'Test CA', isCa: true});
    leaf = await maker.make({name: 'server', issuer: ca});
  });
  afterAll(() => maker[Symbol.asyncDispose]());

  async function secured(certificate = leaf) {
    const platform = await startFakePlatform();
    const proxy = await startTlsProxy(Number(new URL(platform.url).port), {
      key: certificate.key,
      cert: certificate.cert + ca.cert,
    });
    return {
      url: `https://127.0.0.1:${proxy.port}`,
      served: proxy.served,
      async [Symbol.asyncDispose]() {
        await proxy[Symbol.asyncDispose]();
        await platform[Symbol.asyncDispose]();
      },
    };
  }

  it('is trusted by its CA, whose file is no longer needed then', async () => {
    await using _config = await emptyConfiguration();
    await using platform = await secured();
    await using folder = await temporaryFolder();
    const file = join(folder.path, 'ca.pem');
    await writeFile(file, ca.cert);
    expect(
      await runCommand(ContextAdd, platform.url, '--name', 'lab', '--token', TOKEN, '--ca', file),
    ).toMatchObject({
      exitCode: 0,
    });
    await rm(file);
    expect(await runCommand(DeviceList)).toMatchObject({exitCode: 0});
    expect(JSON.parse((await runCommand(ContextShow, '-o', 'json')).stdout)).toMatchObject({trust: 'ca'});
  });

  it('is trusted by a fingerprint, and by no other', async () => {
    await using _config = await emptyConfiguration();
    await using platform = await secured();
    const add = [platform.url, '--name', 'lab', '--token', TOKEN, '--fingerprint'];
    const wrong = await runCommand(ContextAdd, ...add, 'ab'.repeat(32));
    expect(wrong.error).toMatchObject({code: 'IOT_TLS_UNTRUSTED'});
    expect(platform.served()).toBe(0);
    expect(await runCommand(ContextAdd, ...add, ca.fingerprint)).toMatchObject({exitCode: 0});
    expect(await runCommand(DeviceList)).toMatchObject({exitCode: 0});
    expect(JSON.parse((await runCommand(ContextShow, '-o', 'json')).stdout)).toMatchObject({
      trust: 'fingerprint',
      fingerprint: ca.fingerprint,
    });
  });

  it('is refused while nobody says whom to trust, and the hint names how', async () => {
    await using config = await emptyConfiguration();
    await using platform = await secured();
    const {exitCode, stderr} = await runCommand(ContextAdd, platform.url, '--token', TOKEN);
    expect(exitCode).toBe(6);
    for (const words of [
      'IOT_TLS_UNTRUSTED',
      'not known here',
      '--ca',
      '--fingerprint',
      'iotctl doctor tls',
    ]) {
      expect(stderr).toContain(words);
    }
    expect(platform.served()).toBe(0);
    expect(await config.isEmpty()).toBe(true);
  });
});

it('shows what a context is and may, and never a secret of it', async () => {
  await using _config = await emptyConfiguration();
  await saveContext({
    name: 'prod',
    url: 'https://x',
    token: SECRET,
    readOnly: true,
    protected: true,
    user: 'ada',
  });
  await saveContext({
    name: 'lab',
    kind: 'mqtt',
    url: 'mqtt://x',
    mqttUrl: 'mqtt://x',
    username: 'me',
    password: `${SECRET}-password`,
  });
  for (const format of ['table', 'json', 'csv'])
    expect((await runCommand(ContextList, '-o', format)).stdout).not.toContain(SECRET);
  const {stdout} = await runCommand(ContextList, '-o', 'json');
  expect(JSON.parse(stdout)).toMatchObject([
    {
      name: 'prod',
      kind: 'platform',
      readOnly: true,
      protected: true,
      trust: 'system',
      tokenSource: 'stored',
      user: 'ada',
    },
    {
      name: 'lab',
      kind: 'mqtt',
      readOnly: false,
      protected: false,
      tokenSource: 'none',
      hasToken: false,
      user: 'me',
    },
  ]);
});

it('warns when others can read the tokens, with what to type', async () => {
  await using config = await emptyConfiguration();
  await using platform = await startFakePlatform();
  await saveContext({name: 'lab', url: platform.url, token: TOKEN});
  expect((await runCommand(DeviceList)).stderr).toBe('');
  await chmod(config.path, 0o644);
  for (const command of [DeviceList, ContextList, ContextShow]) {
    const {stderr, exitCode} = await runCommand(command);
    expect(stderr).toContain(`chmod 600 ${config.path}`);
    expect(exitCode).toBe(0);
  }
});
