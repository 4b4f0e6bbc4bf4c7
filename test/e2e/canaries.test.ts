/** No secret is ever readable again: not in a file, a log, an event, an error, an audit record or a process list. */
import {randomBytes} from 'node:crypto';
import {readFileSync} from 'node:fs';
import {request} from 'node:http';
import {join} from 'node:path';
import {connectAsync, type IClientOptions} from 'mqtt';
import {afterAll, beforeAll, expect, it} from 'vitest';
import {holdsSecret} from '../../src/domain/generated-secret.js';
import {Canaries, commandLines, openToOthers} from '../support/canaries.js';
import {until} from '../support/deadline.js';
import {startPlatform} from '../support/start-platform.js';

/** Not a secret: what the search has to find, or it would find nothing at all. */
const VISIBLE = 'visible-4f1c0a9d2b7e6835';
const DEVICES = ['c-secret', 'c-password', 'c-token', 'c-x509', 'c-group'];

let platform: Awaited<ReturnType<typeof startPlatform>>;
const canaries = new Canaries();
/** All that was printed and answered, but for what each secret was given out in. */
const heard: {where: string; text: string}[] = [];
/** The command lines of all that ran meanwhile. */
const processes = new Set<string>();

/** Every command is seen more than once: to start it alone takes longer. */
const LOOK_MS = 50;

const random = (): string => randomBytes(24).toString('base64url');
/** As the platform makes them; the one of a thousand that could be a name in words is left out. */
function generated(): string {
  const secret = randomBytes(32).toString('base64url');
  return holdsSecret(secret) ? secret : generated();
}

const file = (name: string): string => join(platform.home, name);

/** Runs a command while looking at the list of processes. What it prints is heard, unless it is there to show a secret. */
async function run(
  argv: string[],
  {input = '', env = {}, shows = false, fails = false}: RunOptions = {},
): Promise<string> {
  const running = platform.run(argv, {
    input,
    env: {...(env.IOTCTL_URL === undefined && {IOTCTL_CONTEXT: 'local'}), ...env},
  });
  const look = setInterval(() => {
    for (const line of commandLines()) processes.add(line);
  }, LOOK_MS);
  const {stdout, stderr, exitCode} = await running.finally(() => clearInterval(look));
  const where = `iotctl ${argv.slice(0, 3).join(' ')}`;
  expect(exitCode === 0, `${where}: ${String(stderr)}`).toBe(!fails);
  heard.push({where, text: String(stderr)});
  if (!shows) heard.push({where, text: String(stdout)});
  return String(stdout);
}

interface RunOptions {
  readonly input?: string;
  readonly env?: Record<string, string>;
  readonly shows?: boolean;
  readonly fails?: boolean;
}

/** `node:http`, which sends a path as it is. The answer is heard, unless it is there to show a secret. */
async function ask(
  method: string,
  path: string,
  {body, auth, shows = false}: AskOptions = {},
): Promise<string> {
  const {apiUrl} = platform.address;
  const headers = {...(auth && {authorization: auth}), ...(body && {'content-type': 'application/json'})};
  const text = await new Promise<string>((resolve, reject) => {
    request(`${apiUrl}${path}`, {method, headers}, answer => {
      const parts: Buffer[] = [];
      answer
        .on('data', (part: Buffer) => parts.push(part))
        .on('end', () => resolve(Buffer.concat(parts).toString()));
    })
      .on('error', reject)
      .end(body && JSON.stringify(body));
  });
  if (!shows) heard.push({where: `${method} ${path}`, text});
  return text;
}

interface AskOptions {
  readonly body?: object;
  readonly auth?: string;
  readonly shows?: boolean;
}

const admin = (): string => `Bearer ${readFileSync(join(platform.folder, 'admin-token'), 'utf8').trim()}`;

const basic = (username: string, password: string): string =>
  `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;

/** Logs in over TLS and says something; gives whether it was let in. What it is refused with is heard. */
async function mqtt(options: IClientOptions): Promise<boolean> {
  const {mqttsUrl} = platform.address as unknown as {mqttsUrl: string};
  const ca = readFileSync(join(platform.folder, 'tls/ca.crt'));
  try {
    const client = await connectAsync(
      mqttsUrl,
      {...options, ca, reconnectPeriod: 0, protocolVersion: 5},
      false,
    );
    await client.publishAsync('me/telemetry', JSON.stringify({said: VISIBLE}), {qos: 1});
    await client.endAsync();
    return true;
  } catch (error) {
    heard.push({where: 'CONNACK', text: (error as Error).stack ?? ''});
    return false;
  }
}

/** A secret that a command wrote to a file. */
const given = (name: string, path: string): string =>
  canaries.add(name, readFileSync(file(path), 'utf8').trim());

async function people(): Promise<void> {
  canaries.add('admin token', admin().slice('Bearer '.length));
  const password = canaries.add('user password', random());
  await run(['user', 'create', 'alice', '--role', 'viewer', '--password-stdin'], {input: password});
  await run(
    ['login', 'alice@default', '--context', 'alice', '--url', platform.address.apiUrl, '--password-stdin'],
    {
      input: password,
    },
  );
  const next = canaries.add('next user password', random());
  await run(['user', 'passwd', '--context', 'alice', '--password-stdin'], {input: `${password}\n${next}\n`});
  const login = {tenant: 'default', user: 'alice', password: next};
  const session = JSON.parse(await ask('POST', '/v1/login', {body: login, shows: true})) as {secret: string};
  const auth = `Bearer ${canaries.add('session token', session.secret)}`;
  await ask('GET', '/v1/me', {auth});
  await ask('POST', '/v1/logout', {auth});
  await ask('GET', '/v1/me', {auth});
}

async function tokens(): Promise<void> {
  await run(['token', 'create', 'app', '--topics', 'x/#', '--read-telemetry', '--secret-file', file('app')]);
  const app = given('API token', 'app');
  await ask('GET', '/v1/events', {auth: `Bearer ${app}`});
  await run(['tail', '--no-follow'], {env: {IOTCTL_URL: platform.address.apiUrl, IOTCTL_TOKEN: app}});
  await mqtt({username: 'app@default', password: app});
  await run(['tenant', 'create', 'acme', '--admin', 'first', '--save-context', 'acme']);
  await run(['tenant', 'enter', 'acme', '--reason', 'canaries', '--secret-file', file('glass')]);
  await ask('GET', '/v1/devices', {auth: `Bearer ${given('break-glass token', 'glass')}`});
  await run(['token', 'delete', 'app', '--yes']);
  await ask('GET', '/v1/events', {auth: `Bearer ${app}`});
  await mqtt({username: 'app@default', password: app});
}

async function devices(): Promise<void> {
  const made = await run(['device', 'create', 'c-secret', '-o', 'json'], {shows: true});
  const [{credential}] = JSON.parse(made) as [{credential: {secret: string}}];
  const secret = canaries.add('device secret', credential.secret);
  const login = {username: 'c-secret@default', password: secret};
  expect(await mqtt(login)).toBe(true);
  await ask('POST', '/v1/devices/c-secret/telemetry', {auth: basic(login.username, secret), body: {a: 1}});
  await run(['device', 'rotate', 'c-secret', '--grace', '0s', '--secret-file', file('rotated')]);
  expect(await mqtt({...login, password: given('rotated secret', 'rotated')})).toBe(true);
  expect(await mqtt(login)).toBe(false);

  const password = canaries.add('device password', random());
  await run(['device', 'create', 'c-password', '--password-stdin'], {input: password});
  expect(await mqtt({username: 'c-password@default', password})).toBe(true);
  await ask('POST', '/v1/devices/c-password/telemetry', {
    auth: basic('c-password@default', password),
    body: {a: 1},
  });
}

async function keys(): Promise<void> {
  await run(['device', 'create', 'c-token', 'c-group', '--credential', 'none']);
  await run(['device', 'credential', 'add', 'c-token', '--kind', 'token', '--secret-file', file('key')]);
  given('token key', 'key');
  const id = (await run(['device', 'credential', 'list', 'c-token', '-q'])).trim();
  expect(await signedLogin('c-token', 'key', id)).toBe(true);
  await run(['device', 'group-key', 'create', 'works', '--secret-file', file('group')]);
  given('group key', 'group');
  await run([
    'device',
    'group-key',
    'derive',
    'c-group',
    '--key-file',
    file('group'),
    '--secret-file',
    file('derived'),
  ]);
  given('derived key', 'derived');
  expect(await signedLogin('c-group', 'derived', 'group:works')).toBe(true);
  await run(['device', 'group-key', 'delete', 'works', '--yes']);
  await run(['device', 'credential', 'revoke', 'c-token', id, '--yes']);
  expect(await signedLogin('c-token', 'key', id)).toBe(false);
}

/** Codes and keys with which devices get their first credential, used rightly and wrongly. */
async function provisioning(): Promise<void> {
  const shown = await run(['claim', 'create', '--serial', 'A1', '-o', 'json'], {shows: true});
  const code = canaries.add('claim code', (JSON.parse(shown) as {code: string}).code);
  for (const serial of ['A2', 'A1', 'A1']) {
    const text = await ask('POST', '/v1/provision/claim', {body: {code, serial}, shows: serial === 'A1'});
    const {secret} = JSON.parse(text) as {secret?: string};
    if (secret !== undefined) canaries.add('claimed secret', secret);
  }
  await run(['claim', 'list', '-o', 'json']);
  await run(['enroll', 'group', 'create', 'line', '--key', '--secret-file', file('line')]);
  given('enrolment key', 'line');
  await run([
    'enroll',
    'group',
    'derive',
    'line',
    'c-line',
    '--key-file',
    file('line'),
    '--secret-file',
    file('c-line'),
  ]);
  given('enrolment device key', 'c-line');
  expect(await signedLogin('c-line', 'c-line', 'group:line')).toBe(false);
  for (const argv of [
    ['group', 'list'],
    ['group', 'show', 'line'],
    ['request', 'list'],
  ])
    await run(['enroll', ...argv, '-o', 'json']);
}

async function signedLogin(device: string, key: string, keyId: string): Promise<boolean> {
  const argv = ['device', 'token', device, '--key-file', file(key), '--key-id', keyId, '-o', 'json'];
  const {token: password} = JSON.parse(await run(argv, {shows: true})) as {token: string};
  canaries.add('signature', /sig=([^&]+)/.exec(password)![1]!);
  return await mqtt({username: `${device}@default`, password});
}

async function certificates(): Promise<void> {
  await run(['device', 'create', 'c-x509', '--x509', '--out', file('x509')]);
  const key = readFileSync(file('x509/c-x509.key.pem'));
  canaries.addPrivateKey('x509 key', key.toString());
  expect(await mqtt({key, cert: readFileSync(file('x509/c-x509.chain.pem'))})).toBe(true);
  const {httpsUrl} = platform.address as unknown as {httpsUrl: string};
  const ca = join(platform.folder, 'tls/ca.crt');
  await run([
    'device',
    'renew',
    'c-x509',
    '--from',
    file('x509'),
    '--out',
    file('renewed'),
    '--url',
    httpsUrl,
    '--ca',
    ca,
  ]);
  canaries.addPrivateKey('renewed x509 key', readFileSync(file('renewed/c-x509.key.pem'), 'utf8'));
}

/** Secrets of other places, mistyped ones, and such as went where none belongs. */
async function mistakes(): Promise<void> {
  const wrong = canaries.add('wrong password', random());
  await mqtt({username: 'c-secret@default', password: wrong});
  await mqtt({username: 'nobody@default', password: wrong});
  await ask('POST', '/v1/devices/c-secret/telemetry', {auth: basic('c-secret@default', wrong), body: {a: 1}});
  await ask('POST', '/v1/login', {body: {tenant: 'default', user: 'alice', password: wrong}});
  await ask('GET', '/v1/devices', {auth: `Bearer ${canaries.add('wrong token', `iotctl_pat_${random()}`)}`});
  await run(['device', 'list'], {
    env: {IOTCTL_URL: platform.address.apiUrl, IOTCTL_TOKEN: wrong},
    fails: true,
  });
  await run(
    ['login', 'alice@default', '--context', 'bad', '--url', platform.address.apiUrl, '--password-stdin'],
    {
      input: wrong,
      fails: true,
    },
  );
}

/** Secrets where none belongs: what is kept of such a request must not say them. */
async function misplaced(): Promise<void> {
  const secretAs = (place: string): string => canaries.add(`device secret as ${place}`, generated());
  const tokenAs = (place: string): string => canaries.add(`token as ${place}`, `iotctl_pat_${generated()}`);
  for (const as of [secretAs, tokenAs]) {
    await mqtt({username: as('user name'), password: 'x'});
    await mqtt({username: `${as('device')}@default`, password: 'x'});
    await mqtt({username: `c-secret@${as('tenant')}`, password: 'x'});
    await mqtt({username: 'c-secret@default', password: 'x', clientId: as('client id')});
    await ask('POST', '/v1/devices/c-secret/telemetry', {auth: basic(as('Basic user'), 'x'), shows: true});
    for (const auth of [admin(), undefined]) {
      const options = {...(auth !== undefined && {auth}), shows: true};
      await ask('GET', `/v1/devices?token=${as('query')}`, options);
      await ask('GET', `/${as('path')}`, options);
      await ask('GET', `/v1/devices/${as('device in a path')}`, options);
      await ask('DELETE', `/v1/tokens/${as('token in a path')}`, options);
    }
  }
  await misplacedNames();
}

async function misplacedNames(): Promise<void> {
  for (const [name, secret] of Object.entries({device: generated(), token: `iotctl_pat_${generated()}`})) {
    canaries.add(`${name} secret as a word`, secret);
    for (const argv of [
      ['token', 'delete', secret, '--yes'],
      ['device', 'retire', secret],
      ['user', 'disable', secret],
    ])
      await platform.run(argv, {env: {IOTCTL_CONTEXT: 'local'}});
  }
  const password = (): string => canaries.add('password as a name', random());
  await ask('POST', '/v1/login', {body: {tenant: 'default', user: password(), password: 'x'}, shows: true});
  await ask('POST', '/v1/login', {body: {tenant: password(), user: 'alice', password: 'x'}, shows: true});
}

async function readEverything(): Promise<void> {
  await run(['tail', '--after', '0', '--no-follow', '-o', 'ndjson']);
  await run(['query', 'SELECT * FROM events', '-o', 'json']);
  await run(['query', 'SELECT * FROM readings', '-o', 'json']);
  for (const argv of [
    ['audit', 'list', '--limit', '1000'],
    ['audit', 'export'],
    ['audit', 'verify'],
  ]) {
    for (const context of [[], ['--platform'], ['--context', 'acme']])
      await run([...argv, ...context, '-o', 'json']);
  }
  const lists = ['user', 'token', 'role', 'ban', 'tenant', 'context', 'device', 'ca'].map(topic => [
    topic,
    'list',
  ]);
  for (const argv of [...lists, ['logs'], ['status'], ['role', 'bindings'], ['context', 'show']])
    await run([...argv, '-o', 'json']);
  for (const device of DEVICES) {
    await ask('GET', `/v1/devices/${device}`, {auth: admin()});
    await ask('GET', `/v1/devices/${device}/credentials`, {auth: admin()});
  }
  for (const path of [
    '/v1/group-keys',
    '/v1/quotas',
    '/v1/logs',
    '/v1/openapi.json',
    '/v1/events?limit=1000',
  ])
    await ask('GET', path, {auth: admin()});
}

beforeAll(async () => {
  platform = await startPlatform({flags: ['--auto-ports', '--tls', '--limit', 'failuresPerAddress=1000']});
  await people();
  await tokens();
  await devices();
  await keys();
  await provisioning();
  await certificates();
  await misplaced();
  await mistakes();
  const stored = async (): Promise<boolean> => (await run(['status', '-o', 'json'])).includes('"lag": 0');
  await until(stored, 'the store to be up to date', 30_000);
  await readEverything();
}, 180_000);

afterAll(async () => {
  await platform[Symbol.asyncDispose]();
});

it('the search finds what is there, in files and in what was printed', () => {
  const visible = new Canaries();
  visible.add('visible', VISIBLE);
  expect(visible.inFolder(platform.folder)).not.toEqual([]);
  expect(heard.some(({where, text}) => visible.in(where, text).length > 0)).toBe(true);
  expect(visible.in('nowhere', Buffer.from(Buffer.from(`a: ${VISIBLE}?`).toString('base64')))).not.toEqual(
    [],
  );
});

it('nothing that was printed or answered holds a secret', () => {
  expect(heard.flatMap(({where, text}) => canaries.in(where, text))).toEqual([]);
});

it('no command line held a secret while commands ran', () => {
  const lines = [...processes].join('\n');
  expect(lines).toContain('run.js device create c-secret');
  expect(canaries.in('a command line', lines)).toEqual([]);
});

it('what the platform wrote to its own output holds none', () => {
  expect(canaries.in('the log', platform.log)).toEqual([]);
});

it('the user’s log of changes holds none', () => {
  const changes = readFileSync(file('state/iotctl/changes.jsonl'));
  expect(changes.length).toBeGreaterThan(1000);
  expect(canaries.in('changes.jsonl', changes)).toEqual([]);
});

it('no file of the running platform holds one, and none can be read by others', () => {
  expect(canaries.inFolder(platform.folder, {except: ['admin-token']})).toEqual([]);
  expect(openToOthers(platform.folder)).toEqual([]);
});

it('no file of the stopped platform does', async () => {
  expect(await platform.kill('SIGTERM')).toBe(0);
  expect(canaries.inFolder(platform.folder, {except: ['admin-token']})).toEqual([]);
  expect(openToOthers(platform.folder)).toEqual([]);
});
