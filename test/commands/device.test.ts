import {execFileSync} from 'node:child_process';
import {readFile, stat} from 'node:fs/promises';
import {join} from 'node:path';
import {afterEach, beforeEach, describe, expect, it} from 'vitest';
import DeviceCreate from '../../src/commands/device/create.js';
import DeviceDelete from '../../src/commands/device/delete.js';
import DeviceList from '../../src/commands/device/list.js';
import DeviceRetire from '../../src/commands/device/retire.js';
import DeviceShow from '../../src/commands/device/show.js';
import {deviceOf, startFakePlatform, TOKEN} from '../support/fake-platform.js';
import {runCommand} from '../support/run-command.js';
import {withContext} from '../support/with-context.js';

let platform: Awaited<ReturnType<typeof startFakePlatform>>;
let context: Awaited<ReturnType<typeof withContext>>;

beforeEach(async () => {
  platform = await startFakePlatform();
  context = await withContext(platform.url, TOKEN);
});

afterEach(async () => {
  await context[Symbol.asyncDispose]();
  await platform[Symbol.asyncDispose]();
});

const add = (...ids: string[]): void => {
  for (const id of ids)
    platform.devices.set(id, deviceOf(id, {labels: {site: id.startsWith('o') ? 'oslo' : 'rome'}}));
};

describe('device create', () => {
  it('prints the secret of each device once, as a table', async () => {
    const {stdout} = await runCommand(
      DeviceCreate,
      'lamp-1',
      'lamp-2',
      '--label',
      'site=oslo',
      '--model',
      'lamp',
    );
    expect(stdout).toBe(
      [
        'ID      USERNAME        SECRET',
        'lamp-1  lamp-1@default  secret-of-lamp-1',
        'lamp-2  lamp-2@default  secret-of-lamp-2',
        '',
      ].join('\n'),
    );
    expect(platform.devices.get('lamp-2')).toMatchObject({labels: {site: 'oslo'}, model: 'lamp'});
  });

  it('makes ids that sort as they count', async () => {
    const {stdout} = await runCommand(DeviceCreate, '--count', '10', '--prefix', 'sensor-', '-q');
    expect(stdout.split('\n').slice(0, 10)).toEqual(
      ['01', '02', '03', '04', '05', '06', '07', '08', '09', '10'].map(number => `sensor-${number}`),
    );
  });

  it('writes the secrets of a whole fleet to a file of its owner, and not to stdout', async () => {
    const path = join(context.folder, 'fleet.csv');
    const {stdout} = await runCommand(
      DeviceCreate,
      '--count',
      '2500',
      '--credentials-file',
      path,
      '-o',
      'json',
    );
    expect(stdout).not.toContain('secret-of');
    const lines = (await readFile(path, 'utf8')).split('\r\n');
    expect(lines.slice(0, 2)).toEqual([
      'id,username,secret',
      'device-0001,device-0001@default,secret-of-device-0001',
    ]);
    expect(lines).toHaveLength(2502);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect(platform.devices.size).toBe(2500);
  });

  it('writes JSON where the file is called so, and never overwrites it', async () => {
    const path = join(context.folder, 'fleet.json');
    await runCommand(DeviceCreate, 'a', 'b', '--credentials-file', path);
    expect(JSON.parse(await readFile(path, 'utf8'))).toEqual([
      {id: 'a', username: 'a@default', secret: 'secret-of-a'},
      {id: 'b', username: 'b@default', secret: 'secret-of-b'},
    ]);
    const again = await runCommand(DeviceCreate, 'c', '--credentials-file', path);
    expect(again).toMatchObject({exitCode: 5, error: {code: 'IOT_CONFLICT'}});
    expect(platform.devices.has('c')).toBe(false);
  });

  it('prints what a shell can eval', async () => {
    const {stdout} = await runCommand(DeviceCreate, 'lamp-1', '-o', 'env');
    const shown = execFileSync('sh', [
      '-c',
      `${stdout}echo "$IOTCTL_DEVICE_ID $IOTCTL_USERNAME $IOTCTL_SECRET $IOTCTL_MQTT_URL"`,
    ]);
    expect(shown.toString()).toBe('lamp-1 lamp-1@default secret-of-lamp-1 mqtt://127.0.0.1:1883\n');
  });

  it('fails where a device is there already, and keeps it with --if-not-exists', async () => {
    add('lamp-1');
    expect(await runCommand(DeviceCreate, 'lamp-1')).toMatchObject({
      exitCode: 5,
      error: {code: 'IOT_DEVICE_EXISTS'},
    });
    const kept = await runCommand(DeviceCreate, 'lamp-1', '--if-not-exists', '-o', 'json');
    expect(JSON.parse(kept.stdout)).toMatchObject([{device: {id: 'lamp-1'}, credential: null}]);
  });

  it('still shows the secrets of what was created before a later batch failed', async () => {
    add('device-1500');
    const {stdout, stderr, exitCode} = await runCommand(DeviceCreate, '--count', '2000');
    expect(stdout).toContain('secret-of-device-1000');
    expect(stderr).toContain('1000 of 2000 devices were created before this failed');
    expect(exitCode).toBe(5);
  });

  it.each([
    [[], 'no device named'],
    [['lamp/1'], 'not a device id'],
    [['lamp-1', '--label', 'site'], 'not a label: "site"'],
    [['a', 'b', '-o', 'env'], '--output env is for one device'],
    [['a', '--credentials-file', 'x.txt'], 'has to end with .csv or .json'],
  ])('refuses %j', async (argv, message) => {
    const {exitCode, stderr} = await runCommand(DeviceCreate, ...argv);
    expect(stderr).toContain(message);
    expect(exitCode).toBe(2);
    expect(platform.devices.size).toBe(0);
  });
});

describe('device list and show', () => {
  it('lists every page, and only what the selector says', async () => {
    add(...Array.from({length: 1200}, (_, index) => `d${String(index).padStart(4, '0')}`), 'oven');
    expect((await runCommand(DeviceList, '-q')).stdout.split('\n')).toHaveLength(1202);
    expect((await runCommand(DeviceList, '-q', '--selector', 'site=oslo')).stdout).toBe('oven\n');
    expect((await runCommand(DeviceList, '-q', '--limit', '2')).stdout).toBe('d0000\nd0001\n');
  });

  it('shows one device, and exit code 4 for one that is not there', async () => {
    add('oven');
    expect((await runCommand(DeviceShow, 'oven')).stdout).toMatch(/^LABELS +site=oslo$/m);
    expect(await runCommand(DeviceShow, 'lamp')).toMatchObject({
      exitCode: 4,
      error: {code: 'IOT_DEVICE_UNKNOWN'},
    });
  });
});

describe('device retire and delete', () => {
  it('retires many, and says what was done before one failed', async () => {
    add('a', 'b');
    const {stdout, exitCode} = await runCommand(DeviceRetire, 'a', 'b', 'missing', '-q');
    expect(stdout).toBe('a\nb\n');
    expect(exitCode).toBe(4);
  });

  it('only prints the plan with --dry-run', async () => {
    add('oven', 'lamp');
    const {stdout} = await runCommand(DeviceDelete, '--selector', 'site=oslo', '--dry-run', '-o', 'json');
    expect(JSON.parse(stdout)).toEqual([{id: 'oven', action: 'delete'}]);
    expect(platform.devices.size).toBe(2);
  });

  it('needs --yes where there is nobody to ask', async () => {
    add('oven');
    const {exitCode, stderr} = await runCommand(DeviceDelete, 'oven');
    expect(stderr).toContain('Delete device oven? This cannot be undone. Pass --yes');
    expect(exitCode).toBe(2);
    expect(platform.devices.size).toBe(1);
  });

  it('deletes only what is retired, or by force', async () => {
    add('oven');
    expect(await runCommand(DeviceDelete, 'oven', '--yes')).toMatchObject({
      exitCode: 5,
      error: {code: 'IOT_DEVICE_NOT_RETIRED'},
    });
    expect(await runCommand(DeviceDelete, 'oven', '--yes', '--force')).toMatchObject({exitCode: 0});
    expect(platform.devices.size).toBe(0);
  });

  it('refuses ids together with a selector', async () => {
    expect(await runCommand(DeviceRetire, 'a', '--selector', 'site=oslo')).toMatchObject({exitCode: 2});
  });
});
