/** device import and export, as commands, against a real API. */
import {readFile, stat, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {afterEach, beforeEach, describe, expect, it} from 'vitest';
import DeviceExport from '../../src/commands/device/export.js';
import DeviceImport from '../../src/commands/device/import.js';
import {secretMatches} from '../../src/domain/credential.js';
import {passwordMatches} from '../../src/domain/password.js';
import {runCommand} from '../support/run-command.js';
import {type StartedApi, startTestApi} from '../support/start-api.js';
import {temporaryFolder} from '../support/temporary-folder.js';
import {withContext} from '../support/with-context.js';

let api: StartedApi;
let context: Awaited<ReturnType<typeof withContext>>;
let folder: Awaited<ReturnType<typeof temporaryFolder>>;
beforeEach(async () => {
  api = await startTestApi();
  context = await withContext(api.url, api.token);
  folder = await temporaryFolder();
});
afterEach(async () => {
  await context[Symbol.asyncDispose]();
  await api[Symbol.asyncDispose]();
  await folder[Symbol.asyncDispose]();
});

const at = (name: string): string => join(folder.path, name);
const lines = async (name: string): Promise<string[]> =>
  (await readFile(at(name), 'utf8')).trimEnd().split('\r\n');

/** Batches go two at a time, and whichever is answered first is written first: sorted by the number in `"d-7` or `d-7,`. */
const byNumber = (text: readonly string[]): string[] =>
  text.toSorted((a, b) => Number(/d-(\d+)/.exec(a)?.[1] ?? -1) - Number(/d-(\d+)/.exec(b)?.[1] ?? -1));

/** Does this secret open that device? */
async function opens(id: string, secret: string): Promise<boolean> {
  const identity = await api.registry.identities.device('default', id);
  const [own, ...more] = identity!.credentials;
  expect(more).toEqual([]);
  return own?.kind === 'secret' && secretMatches(secret, own);
}

/** Of `open sesame`, made by Debian's mosquitto_passwd 2.0. */
const HASH =
  '$7$101$cfXB2fEQT7kUMZIY$vZla0VqEOE6YEaTMMrVWLBFDE/QmJBpeVIar8oz71WOZIt2jykVOvKkv+oH5uXf2WNVu3RcZSP2VtNStoVvVBQ==';

const FLEET = [
  'id,model,label.site,metadata.place,component.motor,component.flow,via,adminState,credential',
  'pump-1,pump,oslo,"behind the door, left",-,meter,gateway-1 gateway-2,,',
  'pump-2,,oslo,"two\nlines",,,,quarantined,none',
  'pump 3,,,,,,,,',
  'pump-4,,oslo',
  'pump-1,,bergen,,,,,,',
  'pump-5,,,,,,,asleep,',
  '',
].join('\n');

describe('device import', () => {
  it('says of each row of CSV what became of it, and keeps the secrets that it made', async () => {
    await writeFile(at('fleet.csv'), FLEET);
    const argv = [at('fleet.csv'), '--results', at('results.csv'), '--credentials-file', at('secrets.csv')];
    const dry = await runCommand(DeviceImport, at('fleet.csv'), '--dry-run', '-o', 'json');
    expect(JSON.parse(dry.stdout)).toEqual({created: 2, updated: 0, unchanged: 0, failed: 4});
    expect((await api.client.listDevices()).items).toEqual([]);

    const {stdout, stderr, exitCode} = await runCommand(DeviceImport, ...argv, '-o', 'json');
    expect(JSON.parse(stdout)).toEqual({created: 2, updated: 0, unchanged: 0, failed: 4});
    expect(stderr).toContain('Failed: line 7, pump-1: pump-1 is in line 2 already (IOT_DEVICE_EXISTS)');
    expect(exitCode).toBe(5);
    expect((await lines('results.csv')).slice(0, 6)).toEqual([
      'line,id,outcome,code,message',
      '2,pump-1,created,,',
      '3,pump-2,created,,',
      '5,pump 3,failed,IOT_DEVICE_ID_INVALID,"not a device id: ""pump 3"""',
      '6,pump-4,failed,IOT_INPUT_INVALID,3 cells for 9 columns',
      '7,pump-1,failed,IOT_DEVICE_EXISTS,pump-1 is in line 2 already',
    ]);
    expect(await api.client.getDevice('pump-1')).toMatchObject({
      model: 'pump',
      labels: {site: 'oslo'},
      metadata: {place: 'behind the door, left'},
      components: {motor: {model: null}, flow: {model: 'meter'}},
      via: ['gateway-1', 'gateway-2'],
    });
    expect(await api.client.getDevice('pump-2')).toMatchObject({
      adminState: 'quarantined',
      lifecycle: 'registered',
    });
    const [header, made, ...more] = await lines('secrets.csv');
    expect([header, more]).toEqual(['id,username,secret', []]);
    expect(made).toMatch(/^pump-1,pump-1@default,/);
    expect(await opens('pump-1', made!.split(',')[2]!)).toBe(true);
    expect((await stat(at('secrets.csv'))).mode & 0o777).toBe(0o600);
    await expect(stat(at('secrets.csv.pending'))).rejects.toThrow('ENOENT');
    // Whoever types it again loses nothing of the file.
    expect((await runCommand(DeviceImport, ...argv)).error?.code).toBe('IOT_CONFLICT');
  });

  it.each([
    ['fleet.csv', 'id,colour\na,red\n', 'line 1: no such column "colour"'],
    ['fleet.csv', 'id,id\n', 'line 1: twice the column "id"'],
    ['fleet.csv', 'model\nlamp\n', 'line 1: there is no column id'],
    ['fleet.csv', '', 'it is empty'],
    ['fleet.csv', 'id\n"a', 'with an opening quote at line 2'],
    ['fleet.txt', '', 'what format is'],
    ['fleet.csv', 'id\na\n', 'the secret of a would be made here: give --credentials-file'],
  ])('refuses %s with %j', async (name, text, message) => {
    await writeFile(at(name), text);
    const {stderr, exitCode} = await runCommand(DeviceImport, at(name));
    expect(stderr).toContain(message);
    expect([2, 7]).toContain(exitCode);
    expect((await api.client.listDevices()).items).toEqual([]);
  });

  it('takes NDJSON, with secrets and hashes that devices have already', async () => {
    const own = `${'S'.repeat(20)}0123456789ab`;
    const rows = [
      {id: 'a', labels: {site: 'oslo'}, secret: own},
      {id: 'b', hash: HASH},
      {id: 'c', secret: 'short'},
      {id: 'd', credential: 'none', secret: own},
      {id: 'e', labels: 5},
    ];
    await writeFile(at('fleet.ndjson'), `${rows.map(row => JSON.stringify(row)).join('\n')}\nnot json\n`);
    const {stdout, stderr} = await runCommand(
      DeviceImport,
      at('fleet.ndjson'),
      '--credential',
      'none',
      '-o',
      'json',
    );
    expect(JSON.parse(stdout)).toEqual({created: 2, updated: 0, unchanged: 0, failed: 4});
    expect(stderr).toContain('line 6: not a JSON object');
    expect(stderr).not.toContain(own);
    expect(await opens('a', own)).toBe(true);
    const [kept] = (await api.registry.identities.device('default', 'b'))!.credentials;
    expect(kept!.kind === 'password' && (await passwordMatches('open sesame', kept!.password))).toBe(true);
  });

  it('takes a password file of mosquitto', async () => {
    await writeFile(at('passwd'), `pump-7:${HASH}\npump 8:${HASH}\npump-9:$5$x\n`);
    const argv = [at('passwd'), '--format', 'mosquitto-passwd', '-o', 'json'];
    const {stdout, stderr} = await runCommand(DeviceImport, ...argv);
    expect(JSON.parse(stdout)).toMatchObject({created: 1, failed: 2});
    expect(stderr).toContain('line 3, pump-9: not a hash of mosquitto');
    expect(JSON.parse((await runCommand(DeviceImport, ...argv)).stdout)).toMatchObject({unchanged: 1});
  });

  it('goes on after a crash at any step without a device twice or a secret lost', async () => {
    const ids = Array.from({length: 1200}, (_, index) => `d-${index}`);
    await writeFile(at('fleet.csv'), `id\n${ids.join('\n')}\n`);
    const argv = [
      ...[at('fleet.csv'), '--credentials-file', at('secrets.csv'), '--resume', at('journal')],
      ...['--results', at('results.ndjson'), '-o', 'json'],
    ];
    expect(JSON.parse((await runCommand(DeviceImport, ...argv)).stdout)).toMatchObject({created: 1200});
    const whole = byNumber(await lines('secrets.csv'));
    // As if it had been killed in the second batch: asked, and neither kept nor written down; a line is cut.
    await writeFile(at('secrets.csv'), `${whole.slice(0, 501).join('\r\n')}\r\n${whole[501]!.slice(0, 20)}`);
    const pending = whole.slice(501).map(line =>
      line
        .split(',')
        .filter((_, cell) => cell !== 1)
        .join(','),
    );
    await writeFile(at('secrets.csv.pending'), `id,secret\r\n${pending.join('\r\n')}\r\n`);
    const journal = byNumber((await readFile(at('journal'), 'utf8')).trimEnd().split('\n'));
    await writeFile(at('journal'), `${journal.slice(0, 401).join('\n')}\n${journal[401]!.slice(0, 9)}`);

    const {stdout, stderr} = await runCommand(DeviceImport, ...argv);
    expect(JSON.parse(stdout)).toEqual({created: 0, updated: 0, unchanged: 800, failed: 0});
    expect(stderr).toContain('400 rows were done already');
    expect(byNumber(await lines('secrets.csv'))).toEqual(whole);
    const results = (await readFile(at('results.ndjson'), 'utf8')).trimEnd().split('\n');
    expect(new Set(results.map(line => (JSON.parse(line) as {line: number}).line)).size).toBe(1200);
    await expect(stat(at('secrets.csv.pending'))).rejects.toThrow('ENOENT');
    for (const line of [whole[1], whole[600], whole[1200]])
      expect(await opens(line!.split(',')[0]!, line!.split(',')[2]!)).toBe(true);
  });
});

describe('device export', () => {
  it.each(['csv', 'ndjson'])('gives %s from which the same devices are made', async format => {
    await writeFile(at('fleet.csv'), FLEET);
    await runCommand(DeviceImport, at('fleet.csv'), '--credential', 'none');
    await api.client.createDevice({id: 'gone'});
    await api.client.lives.step('retire', 'gone');
    const {stdout} = await runCommand(DeviceExport, '--format', format);
    const file = at(`out.${format}`);
    const {result} = await runCommand(DeviceExport, '--file', file);
    expect(result).toMatchObject({devices: 2});
    expect(await readFile(file, 'utf8')).toBe(stdout);
    for (const {id} of (await api.client.listDevices()).items)
      await api.client.deleteDevice(id, {force: true});
    const again = await runCommand(DeviceImport, file, '--credential', 'none', '-o', 'json');
    expect(JSON.parse(again.stdout)).toMatchObject({created: 2, failed: 0});
    expect((await runCommand(DeviceExport, '--format', format)).stdout).toBe(stdout);
    const same = await runCommand(DeviceImport, file, '--credential', 'none', '--update', '-o', 'json');
    expect(JSON.parse(same.stdout)).toMatchObject({unchanged: 2});
  });
});
