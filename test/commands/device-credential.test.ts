import {execFileSync} from 'node:child_process';
import {readFile, stat, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {beforeEach, describe, expect, it} from 'vitest';
import DeviceCreate from '../../src/commands/device/create.js';
import CredentialAdd from '../../src/commands/device/credential/add.js';
import CredentialList from '../../src/commands/device/credential/list.js';
import CredentialRevoke from '../../src/commands/device/credential/revoke.js';
import GroupKeyCreate from '../../src/commands/device/group-key/create.js';
import GroupKeyDelete from '../../src/commands/device/group-key/delete.js';
import GroupKeyDerive from '../../src/commands/device/group-key/derive.js';
import GroupKeyList from '../../src/commands/device/group-key/list.js';
import DeviceRotate from '../../src/commands/device/rotate.js';
import DeviceToken from '../../src/commands/device/token.js';
import {derivedKey, parseDeviceToken, signatureMatches} from '../../src/domain/device-token.js';
import {commandTest} from '../support/command-test.js';
import {credentialOf, NEW_DEVICE_SECRET, NEW_KEY} from '../support/fake-credentials.js';
import {deviceOf} from '../support/fake-platform.js';
import {type CommandRun, runCommand} from '../support/run-command.js';
import {withStdin} from '../support/with-stdin.js';

const PASSWORD = 'correct horse battery';

const test = commandTest();

beforeEach(() => {
  test.platform.devices.set('lamp-1', deviceOf('lamp-1'));
});

/** Everything that a run could have given away. */
const saidBy = ({stdout, stderr, result}: CommandRun): string => stdout + stderr + JSON.stringify(result);

describe('device create', () => {
  it('gives keys instead of secrets, also to a file', async () => {
    const shown = await runCommand(DeviceCreate, 'a', 'b', '--credential', 'token', '-o', 'csv');
    expect(shown.stdout).toBe(
      `id,username,keyId,key\r\na,a@default,key-1,${NEW_KEY}\r\nb,b@default,key-1,${NEW_KEY}\r\n`,
    );
    expect(shown.stderr).toBe('Each secret is shown this once, and can never be read again.\n');
    const path = join(test.folder, 'fleet.json');
    const kept = await runCommand(DeviceCreate, 'c', '--credential', 'token', '--credentials-file', path);
    expect(saidBy(kept)).not.toContain(NEW_KEY);
    expect(JSON.parse(await readFile(path, 'utf8'))).toEqual([
      {id: 'c', username: 'c@default', keyId: 'key-1', key: NEW_KEY},
    ]);
  });

  it('gives nothing yet where that is asked for', async () => {
    const {stdout, stderr} = await runCommand(DeviceCreate, 'a', '--credential', 'none', '-o', 'json');
    expect(JSON.parse(stdout)).toMatchObject([{credential: null}]);
    expect(stderr).toBe('');
    expect(test.platform.requests[0]!.body).toMatchObject({credential: 'none'});
  });

  it('sends a password from stdin, and never shows it', async () => {
    using _stdin = withStdin(PASSWORD);
    const run = await runCommand(DeviceCreate, 'pump-1', '--password-stdin', '-o', 'json');
    expect(run).toMatchObject({exitCode: 0});
    expect(saidBy(run)).not.toContain('horse');
    expect(test.platform.requests[0]!.body).toMatchObject({
      id: 'pump-1',
      credential: 'password',
      password: PASSWORD,
    });
  });

  it.each([
    [['a', 'b', '--password-stdin'], '--password-stdin is for one device'],
    [['a', '--password-stdin', '--credential', 'token'], 'cannot also be provided'],
    [['a', '--credential', 'none', '--credentials-file', 'x.csv'], 'nothing to keep'],
    [['a', '--credential', 'token', '-o', 'env'], '--output env is for one device'],
    [['a', '--out', 'x'], 'x509'],
    [['a', '--x509', '--credential', 'token'], 'cannot also be provided'],
  ])('refuses %j', async (argv, message) => {
    using _stdin = withStdin(PASSWORD);
    const {exitCode, stderr} = await runCommand(DeviceCreate, ...argv);
    expect(stderr).toContain(message);
    expect(exitCode).toBe(2);
    expect(test.platform.requests).toEqual([]);
  });
});

describe('device credential', () => {
  it('lists what there is, with its last use', async () => {
    const more = {lastUsedAt: '2026-02-01T00:00:00.000Z', lastUsedFrom: '192.0.2.7'};
    test.platform.credentials.set('c1', credentialOf('c1', more));
    const {stdout} = await runCommand(CredentialList, 'lamp-1', '-o', 'csv');
    expect(stdout.split('\r\n')[1]).toBe(
      'c1,secret,,,2026-02-01T00:00:00.000Z,192.0.2.7,2026-01-31T12:00:00.000Z,token:first,',
    );
    expect(await runCommand(CredentialList, 'lamp-9')).toMatchObject({
      exitCode: 4,
      error: {code: 'IOT_DEVICE_UNKNOWN'},
    });
  });

  it('adds a secret, shown once', async () => {
    const {stdout, stderr} = await runCommand(CredentialAdd, 'lamp-1');
    expect(stdout.split(NEW_DEVICE_SECRET)).toHaveLength(2);
    expect(stderr).toContain('shown this once');
    expect(test.platform.requests[0]!.body).toEqual({kind: 'secret'});
  });

  it('adds a key to a file of its owner, for a while', async () => {
    const path = join(test.folder, 'lamp-1.key');
    const beforeMs = Date.now();
    const run = await runCommand(
      CredentialAdd,
      'lamp-1',
      '--kind',
      'token',
      '--not-after',
      '30d',
      '--secret-file',
      path,
      '-o',
      'json',
    );
    expect(saidBy(run)).not.toContain(NEW_KEY);
    expect(JSON.parse(run.stdout)).toMatchObject({keyId: 'key-1', credential: {kind: 'token'}});
    expect(await readFile(path, 'utf8')).toBe(`${NEW_KEY}\n`);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    const {notAfter} = test.platform.requests[0]!.body as {notAfter: string};
    expect(Date.parse(notAfter) - beforeMs).toBeGreaterThanOrEqual(30 * 86_400_000);
  });

  it('adds a password, which is not shown at all', async () => {
    using _stdin = withStdin(PASSWORD);
    const run = await runCommand(CredentialAdd, 'lamp-1', '--kind', 'password', '--password-stdin');
    expect(run).toMatchObject({exitCode: 0, stderr: ''});
    expect(saidBy(run)).not.toContain('horse');
    expect(test.platform.requests[0]!.body).toEqual({kind: 'password', password: PASSWORD});
  });

  it('revokes only with --yes where there is nobody to ask', async () => {
    test.platform.credentials.set('c1', credentialOf('c1'));
    expect(await runCommand(CredentialRevoke, 'lamp-1', 'c1')).toMatchObject({exitCode: 2});
    expect((await runCommand(CredentialRevoke, 'lamp-1', 'c1', '--dry-run', '-q')).stdout).toBe('c1\n');
    expect(test.platform.credentials.size).toBe(1);
    expect(await runCommand(CredentialRevoke, 'lamp-1', 'c1', '--yes')).toMatchObject({exitCode: 0});
    expect(await runCommand(CredentialRevoke, 'lamp-1', 'c1', '--yes')).toMatchObject({exitCode: 4});
  });

  it.each([
    [['lamp-1', '--kind', 'pin'], 'pin'],
    [['lamp-1', '--password-stdin'], '--password-stdin goes with --kind password'],
    [['lamp-1', '--kind', 'token', '--out', 'x'], '--out goes with --kind x509'],
    [
      ['lamp-1', '--kind', 'password', '--secret-file', 'x'],
      '--secret-file goes with --kind secret or token',
    ],
    [['lamp-1', '--not-after', '2020-01-01'], 'not a time to come'],
    [['lamp-1', '--not-after', 'soon'], 'not a duration'],
    [[], 'device'],
  ])('add refuses %j', async (argv, message) => {
    const {exitCode, stderr} = await runCommand(CredentialAdd, ...argv);
    expect(stderr).toContain(message);
    expect(exitCode).toBe(2);
    expect(test.platform.requests).toEqual([]);
  });
});

describe('device rotate', () => {
  it('shows the new one once, and says how long the old one works on', async () => {
    test.platform.credentials.set('c1', credentialOf('c1'));
    const {stdout, stderr} = await runCommand(DeviceRotate, 'lamp-1', '--grace', '2h');
    expect(stdout.split(NEW_DEVICE_SECRET)).toHaveLength(2);
    expect(stderr).toContain('Credential c1 works until 2026-01-31T14:00:00.000Z.\n');
    expect(test.platform.requests[0]!.body).toEqual({kind: 'secret', graceMs: 7_200_000});
  });

  it('gives a day of grace when nothing else is said', async () => {
    const {stdout} = await runCommand(DeviceRotate, 'lamp-1', '--kind', 'token', '-o', 'json');
    expect(JSON.parse(stdout)).toMatchObject({key: NEW_KEY, replaced: []});
    expect(test.platform.requests[0]!.body).toEqual({kind: 'token', graceMs: 86_400_000});
  });
});

describe('device group-key', () => {
  it('creates, lists and deletes', async () => {
    const path = join(test.folder, 'factory.key');
    const kept = await runCommand(GroupKeyCreate, 'factory', '--secret-file', path, '-o', 'json');
    expect(saidBy(kept)).not.toContain(NEW_KEY);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect((await runCommand(GroupKeyCreate, 'other')).stdout.split(NEW_KEY)).toHaveLength(2);
    const list = await runCommand(GroupKeyList, '-o', 'json');
    expect(JSON.parse(list.stdout)).toMatchObject([{name: 'factory'}, {name: 'other'}]);
    expect(list.stdout).not.toContain(NEW_KEY);
    expect(await runCommand(GroupKeyDelete, 'other')).toMatchObject({exitCode: 2});
    expect(await runCommand(GroupKeyDelete, 'other', '--dry-run')).toMatchObject({exitCode: 0});
    expect(test.platform.groupKeys.size).toBe(2);
    expect(await runCommand(GroupKeyDelete, 'other', '--yes')).toMatchObject({exitCode: 0});
    expect(test.platform.groupKeys.size).toBe(1);
  });

  it('derives the key of a device without asking anyone', async () => {
    using _stdin = withStdin(NEW_KEY);
    const path = join(test.folder, 'lamp-1.key');
    const argv = ['lamp-1', '--key-file', '-', '--tenant', 'acme', '--secret-file', path];
    const run = await runCommand(GroupKeyDerive, ...argv);
    const expected = derivedKey(Buffer.from(NEW_KEY, 'base64'), 'acme', 'lamp-1').toString('base64');
    expect(await readFile(path, 'utf8')).toBe(`${expected}\n`);
    expect(saidBy(run)).not.toContain(expected);
    expect(test.platform.requests).toEqual([]);
  });
});

describe('device token', () => {
  const keyFile = async (text = `${NEW_KEY}\n`): Promise<string> => {
    const path = join(test.folder, 'lamp-1.key');
    await writeFile(path, text);
    return path;
  };

  it('is signed with the key, for the time that is asked for', async () => {
    const argv = ['lamp-1', '--key-file', await keyFile(), '--key-id', 'key-1', '--ttl', '10m'];
    const {stdout} = await runCommand(DeviceToken, ...argv, '-o', 'json');
    const shown = JSON.parse(stdout) as {token: string; username: string; expiresAt: string};
    const token = parseDeviceToken(shown.token)!;
    expect(token).toMatchObject({tenant: 'default', device: 'lamp-1', keyId: 'key-1'});
    expect(signatureMatches(token, Buffer.from(NEW_KEY, 'base64'))).toBe(true);
    expect(token.expiresSec * 1000 - Date.now()).toBeLessThanOrEqual(600_000);
    expect(shown).toMatchObject({
      username: 'lamp-1@default',
      expiresAt: new Date(token.expiresSec * 1000).toISOString(),
    });
    expect(stdout).not.toContain(NEW_KEY);
  });

  it('needs no platform when the tenant is given, and prints what a shell can eval', async () => {
    using _stdin = withStdin(NEW_KEY);
    const argv = ['lamp-1', '--key-file', '-', '--key-id', 'group:factory', '--tenant', 'acme', '-o', 'env'];
    const {stdout} = await runCommand(DeviceToken, ...argv);
    const shown = execFileSync('sh', ['-c', `${stdout}echo "$IOTCTL_USERNAME $IOTCTL_SECRET"`]).toString();
    expect(shown).toMatch(/^lamp-1@acme sr=acme\/lamp-1&se=\d+&kid=group:factory&sig=[\w-]{43}\n$/);
    expect(test.platform.requests).toEqual([]);
  });

  it.each([
    ['', 'does not hold a key'],
    ['c2hvcnQ=', 'does not hold a key'],
    ['my secret words that are not base64 at all!!', 'does not hold a key'],
  ])('refuses the key %j with exit code 7, and does not repeat it', async (text, message) => {
    const {stderr, exitCode} = await runCommand(
      DeviceToken,
      'lamp-1',
      '--key-file',
      await keyFile(text),
      '--key-id',
      'k',
    );
    expect(stderr).toContain(message);
    if (text !== '') expect(stderr).not.toContain(text);
    expect(exitCode).toBe(7);
  });

  it.each([
    [['--ttl', '25h'], 2],
    [['--ttl', '0s'], 2],
    [['--key-id', 'a&b'], 2],
    [['--tenant', 'ACME'], 2],
    [['--key-file', '/nowhere/at/all'], 7],
  ])('refuses %j', async (argv, exitCode) => {
    const standard = ['--key-file', await keyFile(), '--key-id', 'k'].filter((_, at, all) => {
      const flag = at % 2 === 0 ? all[at]! : all[at - 1]!;
      return !argv.includes(flag);
    });
    expect(await runCommand(DeviceToken, 'lamp-1', ...standard, ...argv)).toMatchObject({exitCode});
  });
});
