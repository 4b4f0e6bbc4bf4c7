/** The platform as a process: how it starts, who holds it, how it ends, and what is left. */

import {once} from 'node:events';
import {readdirSync, rmSync, statSync, writeFileSync} from 'node:fs';
import {createServer} from 'node:net';
import {join} from 'node:path';
import {afterAll, beforeAll, describe, expect, it} from 'vitest';
import {until} from '../support/deadline.js';
import {RawClient} from '../support/raw-client.js';
import {startPlatform} from '../support/start-platform.js';

/** Started once: a platform of its own has who ends it, restarts it, or damages what it keeps. */
let platform: Awaited<ReturnType<typeof startPlatform>>;
beforeAll(async () => {
  platform = await startPlatform();
});
afterAll(() => platform[Symbol.asyncDispose]());

const login = ({username, password}: {username: string; password: string}) => ({
  clientId: '',
  username,
  password: Buffer.from(password),
});

describe('up', () => {
  it('makes everything readable by its owner only, and no secret stands in the log', async () => {
    const {secret} = (await platform.api.createDevice({id: 'open-or-not'})).credential!;
    const modes = readdirSync(platform.folder, {recursive: true, withFileTypes: true}).map(entry => ({
      name: entry.name,
      others: statSync(join(entry.parentPath, entry.name)).mode & 0o077,
    }));
    expect(modes.filter(({others}) => others !== 0)).toEqual([]);
    expect(statSync(platform.folder).mode & 0o777).toBe(0o700);
    expect(platform.log).not.toContain(secret);
    expect(platform.log).not.toContain('iotctl_pat_');
  });

  it('says who holds the folder when it is started twice', async () => {
    const {exitCode, stderr} = await platform.run(['up', '--data', platform.folder, '--auto-ports']);
    expect(exitCode).toBe(5);
    expect(stderr).toContain('IOT_DATA_HELD');
    expect(stderr).toContain(`process ${platform.address.pid}`);
  });

  it('names a port that is taken', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const {port} = taken.address() as {port: number};
    const argv = ['up', '--data', join(platform.home, 'other'), '--auto-ports'];
    const {exitCode, stderr} = await platform.run([
      ...argv.slice(0, 3),
      '--port-mqtt',
      String(port),
      '--port-ws=0',
      '--port-api=0',
    ]);
    taken.close();
    expect(exitCode).toBe(5);
    expect(stderr).toContain(`port ${port} (--port-mqtt)`);
    expect(stderr).toContain('--auto-ports');
  });

  it('runs beside another one in another folder', async () => {
    await using other = await startPlatform();
    await platform.device('beside');
    expect((await other.api.listDevices()).items).toEqual([]);
  });

  it('names the file that is damaged, and leaves nothing running', async () => {
    await using own = await startPlatform();
    await own.kill('SIGTERM');
    const file = join(own.folder, 'registry', 'registry.db');
    writeFileSync(file, 'x'.repeat(8192));
    rmSync(`${file}-wal`, {force: true});
    const {exitCode, stderr} = await own.run(['up', '--data', own.folder, '--auto-ports']);
    expect(exitCode).toBe(7);
    expect(stderr).toContain('IOT_DATA_CORRUPT');
    expect(stderr).toContain('registry.db');
  });

  it.each(['SIGINT', 'SIGTERM'] as const)('ends with 0 on %s while clients are connected', async signal => {
    await using own = await startPlatform();
    await using _device = await RawClient.connect(own.address.ports.mqtt, login(await own.device('pump-7')));
    expect(await own.kill(signal)).toBe(0);
  });

  it('detached returns when it is ready, and `down` ends it', async () => {
    const folder = join(platform.home, 'second');
    const argv = [
      'up',
      '--data',
      folder,
      '--auto-ports',
      '--detach',
      '-o',
      'json',
      '--save-context',
      'second',
    ];
    const {stdout, exitCode} = await platform.run(argv);
    expect(exitCode).toBe(0);
    const {pid, apiUrl} = JSON.parse(stdout as string) as {pid: number; apiUrl: string};
    expect((await platform.run(['status', '--context', 'second'])).exitCode).toBe(0);
    expect((await platform.run(['down', '--context', 'second'])).exitCode).toBe(0);
    await until(() => !isAlive(pid), 'the detached process to be gone');
    const {exitCode: unreachable, stderr} = await platform.run(['device', 'list', '--context', 'second']);
    expect(unreachable).toBe(3);
    expect(stderr).toContain(apiUrl);
  });

  it('comes back by itself after kill -9, with its devices and its events', async () => {
    await using own = await startPlatform();
    const credential = await own.device('pump-7');
    {
      await using device = await RawClient.connect(own.address.ports.mqtt, login(credential));
      device.send({cmd: 'publish', topic: 'me/telemetry', qos: 1, messageId: 1, payload: '{"a":1}'});
      await device.next('puback');
    }
    await own.kill('SIGKILL');
    await own.restart();
    await using device = await RawClient.connect(own.address.ports.mqtt, login(credential));
    device.send({cmd: 'pingreq'});
    await device.next('pingresp');
    const {items} = await own.api.events({type: 'telemetry', last: 10});
    expect(items.map(({data}) => data)).toEqual([{a: 1}]);
  });
});

describe('retiring', () => {
  it('ends the live connection, and the secret works no more', async () => {
    const credential = await platform.device('retired-1');
    await using device = await RawClient.connect(platform.address.ports.mqtt, login(credential));
    const {exitCode} = await platform.run(['device', 'retire', 'retired-1']);
    expect(exitCode).toBe(0);
    await device.end();
    await expect(RawClient.connect(platform.address.ports.mqtt, login(credential))).resolves.toMatchObject({
      closed: expect.any(Boolean) as boolean,
    });
    const refused = async () =>
      (await platform.api.events({type: 'connection.refused', last: 1})).items.length;
    await until(async () => (await refused()) === 1, 'the refusal to be an event');
  });
});

describe('a command', () => {
  it('goes to a simulated device and its answer comes back', async () => {
    const fleet = platform.run([
      'sim',
      'run',
      '--devices',
      '1',
      '--rate',
      '5',
      '--duration',
      '20s',
      '--prefix',
      'lab-',
    ]);
    await until(
      async () => (await platform.api.listDevices()).items.some(({id}) => id === 'lab-1'),
      'the device',
    );
    const sent = await platform.run([
      'cmd',
      'send',
      'lab-1',
      'setTarget',
      '--data',
      '{"celsius":21}',
      '--wait',
      '15s',
      '-o',
      'json',
    ]);
    expect(sent.exitCode).toBe(0);
    expect(JSON.parse(sent.stdout as string)).toMatchObject({
      state: 'succeeded',
      result: {data: {target: 21}},
    });
    const rejected = await platform.run(['cmd', 'send', 'lab-1', 'explode', '--wait', '15s']);
    expect(rejected.exitCode).toBe(5);
    fleet.kill('SIGINT');
    expect((await fleet).exitCode).toBe(130);
  });

  it('to a device that is away waits, expires and is never delivered', async () => {
    const credential = await platform.device('away-1');
    const sent = await platform.run(['cmd', 'send', 'away-1', 'reboot', '--ttl', '1s', '--wait', '10s']);
    expect(sent.exitCode).toBe(8);
    await using device = await RawClient.connect(platform.address.ports.mqtt, login(credential));
    await device.subscribe('me/cmd/#');
    device.send({cmd: 'pingreq'});
    await device.next('pingresp');
  });
});

describe('the command line', () => {
  it('shows the platform’s own events when asked for them', async () => {
    const stranger = {username: 'nobody@nowhere', password: Buffer.from('x')};
    await using _refused = await RawClient.connect(platform.address.ports.mqtt, stranger);
    const argv = ['tail', '--platform', '--type', 'connection.refused', '--no-follow', '-o', 'ndjson'];
    await until(
      async () => ((await platform.run(argv)).stdout as string).includes('connection.refused'),
      'the refusal to be shown',
    );
    const sql = "SELECT count(*) AS n FROM events WHERE type = 'connection.refused' AND device = 'nobody'";
    const own = await platform.run(['query', sql, '-o', 'ndjson']);
    expect(JSON.parse(own.stdout as string)).toEqual({n: 0});
    const {stdout} = await platform.run(['query', sql, '--platform', '-o', 'ndjson']);
    expect((JSON.parse(stdout as string) as {n: number}).n).toBeGreaterThan(0);
  });

  it.each([
    [['sim', 'run', '--rate', 'fast'], 2],
    [['sim', 'run', '--model', 'toaster'], 2],
    [['device', 'create', 'a/b'], 2],
    [['device', 'show', 'nobody'], 4],
    [['device', 'list', '--context', 'nowhere'], 4],
    [['query', 'DROP TABLE events'], 6],
    [['query', 'SELECT * FROM nothing'], 2],
    [['tail', '--since', 'whenever'], 2],
    [['nonsense'], 2],
  ])('%j ends with %i', async (argv, exitCode) => {
    const result = await platform.run([...argv, '-o', 'json']);
    expect(result.exitCode).toBe(exitCode);
    const lines = (result.stderr as string).trim().split('\n');
    expect(JSON.parse(lines.at(-1)!)).toMatchObject({error: {exitCode}});
    expect(result.stdout).toBe('');
  });

  it('warns a tenant, once, that has used four fifths of a quota, and tells when all is used', async () => {
    const before = (await platform.api.listDevices({limit: 500})).items.length;
    await platform.run(['tenant', 'quota', 'default', '--set', `devices=${before + 5}`]);
    await platform.run(['device', 'create', 'q-1', 'q-2', 'q-3', 'q-4', 'q-5']);
    const told = async () => {
      const {items} = await platform.api.events({last: 1000});
      return items
        .filter(({type}) => type.startsWith('quota.'))
        .map(({type, data}) => ({type, ...Object(data)}));
    };
    await until(async () => (await told()).some(({type}) => type === 'quota.exceeded'), 'the event');
    expect(await told()).toEqual([
      expect.objectContaining({type: 'quota.warning', quota: 'devices'}),
      expect.objectContaining({type: 'quota.exceeded', quota: 'devices'}),
    ]);
    expect(await platform.run(['device', 'create', 'q-6'])).toMatchObject({
      exitCode: 5,
      stderr: expect.stringContaining('IOT_QUOTA_EXCEEDED') as string,
    });
    await platform.run(['tenant', 'quota', 'default', '--set', 'devices=none']);
  });

  it('ends quietly when its reader goes away', async () => {
    await platform.run(['device', 'create', '--count', '3000', '-q']);
    const bin = new URL('../../bin/run.js', import.meta.url).pathname;
    const {execa} = await import('execa');
    const {stdout, stderr, exitCode} = await execa({
      env: platform.env,
      reject: false,
    })`bash -c ${`set -o pipefail; ${process.execPath} ${bin} device list | head -2`}`;
    expect({lines: stdout.split('\n').length, stderr, exitCode}).toEqual({lines: 2, stderr: '', exitCode: 0});
  });
});

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
