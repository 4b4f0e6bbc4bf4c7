/** What a context refuses, and what is written down of what was changed through it. */
import {existsSync, readFileSync} from 'node:fs';
import {readFile, stat} from 'node:fs/promises';
import {join} from 'node:path';
import type {Command} from '@oclif/core';
import {describe, expect, it} from 'vitest';
import type {ChangeLine} from '../../src/client/change-log.js';
import {type Context, saveContext} from '../../src/client/contexts.js';
import BenchCmd from '../../src/commands/bench/cmd.js';
import BenchPub from '../../src/commands/bench/pub.js';
import CmdSend from '../../src/commands/cmd/send.js';
import DeviceCreate from '../../src/commands/device/create.js';
import DeviceDelete from '../../src/commands/device/delete.js';
import DeviceList from '../../src/commands/device/list.js';
import DeviceRetire from '../../src/commands/device/retire.js';
import Down from '../../src/commands/down.js';
import Pub from '../../src/commands/pub.js';
import Query from '../../src/commands/query.js';
import SimRun from '../../src/commands/sim/run.js';
import Status from '../../src/commands/status.js';
import Sub from '../../src/commands/sub.js';
import Tail from '../../src/commands/tail.js';
import TokenCreate from '../../src/commands/token/create.js';
import TokenDelete from '../../src/commands/token/delete.js';
import {deviceOf, startFakePlatform, TOKEN} from '../support/fake-platform.js';
import {runCommand} from '../support/run-command.js';
import {withContext} from '../support/with-context.js';

/** A platform, and a context `prod` for it that is the current one. */
async function platformWith(more: Partial<Context>) {
  const platform = await startFakePlatform();
  const context = await withContext(undefined, '');
  await saveContext({name: 'prod', url: platform.url, token: TOKEN, ...more}, {makeCurrent: true});
  const log = join(context.folder, 'state', 'iotctl', 'changes.jsonl');
  return {
    platform,
    folder: context.folder,
    log,
    changes: (): ChangeLine[] =>
      existsSync(log)
        ? readFileSync(log, 'utf8')
            .trimEnd()
            .split('\n')
            .map(line => JSON.parse(line) as ChangeLine)
        : [],
    async [Symbol.asyncDispose]() {
      await context[Symbol.asyncDispose]();
      await platform[Symbol.asyncDispose]();
    },
  };
}

const CHANGING: [string, typeof Command, string[]][] = [
  ['device create', DeviceCreate, ['lamp-2']],
  ['device retire', DeviceRetire, ['lamp-1']],
  ['device retire --selector', DeviceRetire, ['--selector', 'site=oslo']],
  ['device delete', DeviceDelete, ['lamp-1', '--force', '--yes']],
  ['cmd send', CmdSend, ['lamp-1', 'blink']],
  ['token create', TokenCreate, ['deploy', '--admin']],
  ['token delete', TokenDelete, ['deploy', '--yes']],
  ['sim run', SimRun, ['--devices', '1']],
  ['bench pub', BenchPub, ['--devices', '1']],
  ['bench cmd', BenchCmd, ['--devices', '1']],
  ['down', Down, []],
  ['pub', Pub, ['a/b', '--message', 'x']],
];

describe('a read-only context', () => {
  it.each(CHANGING)('refuses %s before any request', async (_name, command, argv) => {
    // Nothing listens there: a request would end with another code.
    await using context = await platformWith({
      readOnly: true,
      url: 'http://127.0.0.1:1',
      mqttUrl: 'mqtt://127.0.0.1:1',
    });
    const {error, exitCode} = await runCommand(command, ...argv);
    expect(error).toMatchObject({code: 'IOT_CONTEXT_READ_ONLY'});
    expect(error!.message).toContain('context prod is read-only');
    expect(exitCode).toBe(6);
    expect(context.changes()).toEqual([]);
  });

  it('lets everything through that reads', async () => {
    await using context = await platformWith({readOnly: true});
    context.platform.devices.set('lamp-1', deviceOf('lamp-1'));
    for (const [command, ...argv] of [
      [DeviceList],
      [Status],
      [Query, 'SELECT 1'],
      [Tail, '--no-follow'],
      [DeviceRetire, 'lamp-1', '--dry-run'],
    ] as [typeof Command, ...string[]][]) {
      expect(await runCommand(command, ...argv), command.name).toMatchObject({exitCode: 0});
    }
    expect(context.platform.devices.get('lamp-1')!.lifecycle).toBe('provisioned');
  });
});

const DESTRUCTIVE: [string, typeof Command, string[]][] = [
  ['device retire', DeviceRetire, ['lamp-1']],
  ['device delete', DeviceDelete, ['lamp-1', '--force', '--yes']],
  ['token delete', TokenDelete, ['deploy', '--yes']],
  ['down', Down, []],
];

describe('a protected context', () => {
  it.each(DESTRUCTIVE)('refuses %s without its name, and with another', async (_name, command, argv) => {
    await using context = await platformWith({protected: true, url: 'http://127.0.0.1:1'});
    for (const more of [[], ['--yes-i-mean', 'lab'], ['--yes-i-mean', '']]) {
      const {error, exitCode} = await runCommand(command, ...argv, ...more);
      expect(error).toMatchObject({code: 'IOT_CONTEXT_PROTECTED'});
      expect(exitCode).toBe(6);
    }
    expect(context.changes()).toEqual([]);
  });

  it('takes its name for a yes', async () => {
    await using context = await platformWith({protected: true});
    context.platform.devices.set('lamp-1', deviceOf('lamp-1'));
    const {exitCode} = await runCommand(DeviceDelete, 'lamp-1', '--force', '--yes-i-mean', 'prod');
    expect(exitCode).toBe(0);
    expect(context.platform.devices.size).toBe(0);
  });

  it('is not opened by a variable that stays set', async () => {
    await using _context = await platformWith({protected: true});
    process.env.IOTCTL_YES_I_MEAN = 'prod';
    expect(await runCommand(DeviceRetire, 'lamp-1')).toMatchObject({exitCode: 6});
  });

  it('does not ask where nothing is destroyed', async () => {
    await using context = await platformWith({protected: true});
    expect(await runCommand(DeviceCreate, 'lamp-2')).toMatchObject({exitCode: 0});
    expect(await runCommand(DeviceDelete, 'lamp-2', '--force', '--dry-run')).toMatchObject({exitCode: 0});
    expect([...context.platform.devices.keys()]).toEqual(['lamp-2']);
  });
});

describe('a context of a plain broker', () => {
  it.each([
    ['status', Status, []],
    ['device retire', DeviceRetire, ['lamp-1']],
    ['query', Query, ['SELECT 1']],
  ] as [string, typeof Command, string[]][])(
    'is not enough for %s, which says so',
    async (_name, command, argv) => {
      await using _context = await platformWith({
        kind: 'mqtt',
        url: 'mqtt://127.0.0.1:1',
        mqttUrl: 'mqtt://127.0.0.1:1',
      });
      const {error, exitCode} = await runCommand(command, ...argv);
      expect(error).toMatchObject({
        code: 'IOT_CONTEXT_KIND',
        message: expect.stringContaining('plain MQTT broker'),
      });
      expect(exitCode).toBe(2);
    },
  );

  it('is where pub and sub go', async () => {
    await using _context = await platformWith({
      kind: 'mqtt',
      url: 'mqtt://127.0.0.1:1',
      mqttUrl: 'mqtt://127.0.0.1:1',
    });
    for (const [command, ...argv] of [
      [Pub, 'a', '-m', 'x'],
      [Sub, 'a'],
    ] as [typeof Command, ...string[]][]) {
      const {error} = await runCommand(command, ...argv);
      expect(error).toMatchObject({
        code: 'IOT_BROKER_UNREACHABLE',
        message: expect.stringContaining('127.0.0.1:1'),
      });
    }
  });
});

describe('the log of changes', () => {
  it('has a line for each request that changed something, and none for one that read', async () => {
    await using context = await platformWith({user: 'ada'});
    await runCommand(DeviceCreate, 'lamp-1', '--label', 'site=oslo');
    await runCommand(DeviceList);
    await runCommand(Query, 'SELECT 1');
    await runCommand(DeviceDelete, 'lamp-1', '-y');
    const changes = context.changes();
    expect(changes).toHaveLength(2);
    expect(changes[0]).toMatchObject({
      context: 'prod',
      url: context.platform.url,
      user: 'ada',
      method: 'POST',
      path: '/v1/devices/batch',
      outcome: 'done',
      code: null,
    });
    expect(changes[0]!.command.join(' ')).toContain('lamp-1 --label site=oslo');
    expect(changes[1]).toMatchObject({
      method: 'DELETE',
      path: '/v1/devices/lamp-1',
      outcome: 'refused',
      status: 409,
      code: 'IOT_DEVICE_NOT_RETIRED',
      traceId: 'trace',
    });
    expect((await stat(context.log)).mode & 0o777).toBe(0o600);
  });

  it('says where nobody can know what became of it', async () => {
    await using context = await platformWith({url: 'http://127.0.0.1:1', mqttUrl: 'mqtt://127.0.0.1:1'});
    await runCommand(DeviceCreate, 'lamp-1');
    await runCommand(Pub, 'a/b', '-m', 'x');
    expect(context.changes()).toMatchObject([
      {method: 'POST', outcome: 'unknown', status: null, code: 'IOT_PLATFORM_UNREACHABLE'},
      {method: 'PUBLISH', path: 'a/b', outcome: 'unknown', code: 'IOT_BROKER_UNREACHABLE'},
    ]);
  });

  it('holds no token, secret or password, whatever was typed and answered', async () => {
    await using context = await platformWith({mqttUrl: 'mqtt://127.0.0.1:1'});
    context.platform.devices.set('lamp-1', deviceOf('lamp-1'));
    const canary = 'canary-7f3a';
    process.env.IOTCTL_SECRET = `${canary}-environment`;
    await runCommand(TokenCreate, 'deploy', '--admin');
    await runCommand(DeviceCreate, 'lamp-2', '--label', `a=${canary}-environment`);
    await runCommand(CmdSend, 'lamp-1', 'wifi', '--data', JSON.stringify({password: canary}));
    await runCommand(TokenDelete, TOKEN, '--yes');
    await runCommand(Pub, 'a/b', '-m', canary, '-u', 'me', '-P', canary);
    const text = await readFile(context.log, 'utf8');
    expect(context.changes().length).toBeGreaterThanOrEqual(5);
    for (const secret of [canary, TOKEN, 'iotctl_pat_', 'iotctl_']) expect(text).not.toContain(secret);
  });
});
