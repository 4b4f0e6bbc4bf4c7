import {readFile, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {afterEach, beforeEach, describe, expect, it} from 'vitest';
import Apply from '../../src/commands/apply.js';
import Diff from '../../src/commands/diff.js';
import {runCommand} from '../support/run-command.js';
import {type StartedApi, startTestApi} from '../support/start-api.js';
import {withContext} from '../support/with-context.js';

let api: StartedApi;
let context: Awaited<ReturnType<typeof withContext>>;

beforeEach(async () => {
  api = await startTestApi();
  context = await withContext(api.url, api.token);
});

afterEach(async () => {
  await context[Symbol.asyncDispose]();
  await api[Symbol.asyncDispose]();
});

async function file(name: string, text: string): Promise<string> {
  const path = join(context.folder, name);
  await writeFile(path, text);
  return path;
}

const FLEET = `models:
  - pump.yaml
devices:
  - id: pump-1
    model: pump
    labels: { site: oslo, "a.b": x }
    components: { motor: { model: null } }
  - id: pump-2
    credential: secret
`;

describe('a fleet file', () => {
  it('is applied once, differs once somebody changes something, and is applied again', async () => {
    await file('pump.yaml', 'model: pump\nversion: 1\n');
    const path = await file('fleet.yaml', FLEET);
    const secrets = join(context.folder, 'new.csv');
    expect((await runCommand(Diff, '-f', path)).exitCode).toBe(9);
    const refused = await runCommand(Apply, '-f', path);
    expect(refused.exitCode).toBe(2);
    expect((await api.client.listDevices()).items).toEqual([]);
    const first = await runCommand(Apply, '-f', path, '--credentials-file', secrets);
    expect(first.stderr).toContain('3 created, 0 updated; 0 are as the file says already');
    expect((await readFile(secrets, 'utf8')).split('\r\n')[1]).toMatch(/^pump-2,pump-2@default,.{43}$/);
    expect(await api.client.getDevice('pump-1')).toMatchObject({
      model: 'pump',
      modelVersion: 1,
      lifecycle: 'registered',
    });

    await api.client.lives.update('pump-1', {
      labels: {'a.b': null, extra: '1'},
      components: {motor: null, flow: {model: null}},
    });
    const {stdout, exitCode} = await runCommand(Diff, '-f', path, '-o', 'csv');
    expect(stdout).toBe(
      [
        'id,kind,path,from,to',
        'pump-1,device,labels.extra,1,-',
        'pump-1,device,labels.a.b,-,x',
        'pump-1,device,components.flow,"{""model"":null}",-',
        'pump-1,device,components.motor,-,"{""model"":null}"',
        '',
      ].join('\r\n'),
    );
    expect(exitCode).toBe(9);
    expect((await runCommand(Apply, '-f', path)).stderr).toContain('0 created, 1 updated; 2 are');
    expect(await api.client.getDevice('pump-1')).toMatchObject({
      labels: {site: 'oslo', 'a.b': 'x'},
      components: {motor: {model: null}},
    });
    expect(await runCommand(Diff, '-f', path)).toMatchObject({exitCode: 0, stdout: ''});
  });

  it('makes enrolment groups whose keys go to a file, and does not change those that there are', async () => {
    const path = await file('fleet.yaml', 'groups:\n  - name: line-7\n    labels: { site: oslo }\n');
    const keys = join(context.folder, 'keys.csv');
    expect((await runCommand(Apply, '-f', path)).exitCode).toBe(2);
    expect((await api.client.enrolment.groups()).items).toEqual([]);
    expect((await runCommand(Apply, '-f', path, '--group-keys-file', keys)).exitCode).toBe(0);
    expect((await readFile(keys, 'utf8')).split('\r\n')[1]).toMatch(/^line-7,[\w+/]{43}=,$/);
    expect((await runCommand(Diff, '-f', path)).exitCode).toBe(0);
    const other = await file('other.yaml', 'groups:\n  - name: line-7\n    labels: { site: rome }\n');
    const refused = await runCommand(Apply, '-f', other);
    expect(refused.stderr).toContain('with another labels.site');
    expect(refused.exitCode).toBe(5);
  });

  it('lays configurations, and changes those that differ', async () => {
    const fleet = (interval: number): string =>
      `configurations:\n  - name: night\n    selector: site=oslo\n    patch: { interval: ${interval} }\n`;
    const path = await file('fleet.yaml', fleet(5));
    expect((await runCommand(Apply, '-f', path)).stderr).toContain('1 created');
    expect((await runCommand(Diff, '-f', path)).exitCode).toBe(0);
    const other = await file('other.yaml', fleet(60));
    expect((await runCommand(Diff, '-f', other, '-o', 'csv')).stdout).toContain(
      'night,configuration,patch.interval,5,60',
    );
    expect((await runCommand(Apply, '-f', other)).stderr).toContain('1 updated');
    expect((await api.client.configurations.get('night')).patch).toEqual({interval: 60});
  });

  it('says in which line of which file something is wrong', async () => {
    const good = await file('good.yaml', 'devices: []\n');
    const bad = await file('bad.yaml', 'devices:\n  - id: a\n  - id: b\n    labels:\n      site: 5\n');
    const {stderr, exitCode} = await runCommand(Apply, '-f', good, '-f', bad);
    expect(stderr).toContain(`${bad}:5: devices[1].labels.site: `);
    expect(exitCode).toBe(7);
  });

  it.each([
    ['', 'is empty'],
    ['- a\n', 'is no fleet'],
    ['device: []\n', 'device is none of models, groups, devices, configurations'],
    ['devices: {a: 1}\n', 'devices is not a list'],
    ['models: [nowhere.yaml]\n', 'nowhere.yaml: no such file'],
    ['devices:\n  - id: a\n   x', 'line 3'],
  ])('with %j is refused before anything is asked', async (text, message) => {
    const {stderr, exitCode} = await runCommand(Apply, '-f', await file('fleet.yaml', text));
    expect(stderr).toContain(message);
    expect(exitCode).toBe(7);
  });
});
