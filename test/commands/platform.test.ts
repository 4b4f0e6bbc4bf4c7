import {once} from 'node:events';
import {writeFile} from 'node:fs/promises';
import type {AddressInfo} from 'node:net';
import {createServer} from 'node:net';
import {join} from 'node:path';
import {afterEach, beforeEach, describe, expect, it} from 'vitest';
import CmdCancel from '../../src/commands/cmd/cancel.js';
import CmdList from '../../src/commands/cmd/list.js';
import CmdSend from '../../src/commands/cmd/send.js';
import CmdShow from '../../src/commands/cmd/show.js';
import Logs from '../../src/commands/logs.js';
import Query from '../../src/commands/query.js';
import Status from '../../src/commands/status.js';
import Tail from '../../src/commands/tail.js';
import {deviceOf, eventOf, FRESH, startFakePlatform, TOKEN} from '../support/fake-platform.js';
import {runCommand} from '../support/run-command.js';
import {temporaryFolder} from '../support/temporary-folder.js';
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

describe('every command', () => {
  it('ends with exit code 3 where no platform runs', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const {port} = server.address() as AddressInfo;
    server.close();
    await using _gone = await withContext(`http://127.0.0.1:${port}`, TOKEN);
    expect(await runCommand(Status)).toMatchObject({exitCode: 3, error: {code: 'IOT_PLATFORM_UNREACHABLE'}});
  });

  it('ends with exit code 3 without a context, and 4 with one that is not there', async () => {
    expect(await runCommand(Status, '--context', 'other')).toMatchObject({exitCode: 4});
    await using _none = await withContext(undefined, TOKEN);
    expect(await runCommand(Status)).toMatchObject({exitCode: 3, error: {code: 'IOT_CONTEXT_MISSING'}});
  });

  it('ends with exit code 6 with a wrong token', async () => {
    await using _wrong = await withContext(platform.url, 'iotctl_pat_wrong');
    expect(await runCommand(Status)).toMatchObject({exitCode: 6, error: {code: 'IOT_UNAUTHENTICATED'}});
  });

  it('prints a failure as JSON where JSON was asked for', async () => {
    const {stderr, stdout} = await runCommand(CmdShow, 'missing', '-o', 'json');
    expect(stdout).toBe('');
    expect(JSON.parse(stderr)).toMatchObject({error: {code: 'IOT_COMMAND_UNKNOWN', exitCode: 4}});
  });

  it('takes its flags from the environment too', async () => {
    process.env.IOTCTL_OUTPUT = 'json';
    process.env.IOTCTL_MAX_ROWS = '7';
    await runCommand(Query, 'SELECT 1');
    expect(platform.asked).toMatchObject({maxRows: 7});
  });
});

describe('status', () => {
  it('shows the parts, and the whole as JSON', async () => {
    const {stdout} = await runCommand(Status);
    expect(stdout).toContain('3 connections, 12.5 events/s in, 1000 in all');
    expect(stdout).toContain('store at 990 (10 behind)');
    expect(stdout).toContain('2, 1 failing, 0 paused; default/billing furthest behind, by 7 events');
    expect(JSON.parse((await runCommand(Status, '-o', 'json')).stdout)).toEqual(platform.status);
  });

  it('says loudly what is wrong', async () => {
    platform.status = {...platform.status, state: 'degraded', problems: ['the disk is full']};
    const {stderr, exitCode} = await runCommand(Status);
    expect(stderr).toBe('DEGRADED: the disk is full\n');
    expect(exitCode).toBe(0);
  });
});

it('logs prints the newest lines', async () => {
  expect((await runCommand(Logs, '-n', '2')).stdout).toBe('two\nthree\n');
});

describe('tail', () => {
  it('prints the last ten events, one a line', async () => {
    platform.events.push(...Array.from({length: 12}, (_, offset) => eventOf(offset)));
    const {stdout} = await runCommand(Tail, '--no-follow');
    const lines = stdout.trimEnd().split('\n');
    expect(lines).toHaveLength(10);
    expect(lines[0]).toBe('2026-01-31T12:00:00.000Z  -  lamp-1  telemetry  {"temperature":2}');
  });

  it('filters, and gives CloudEvents as NDJSON', async () => {
    platform.events.push(eventOf(0), eventOf(1, {source: '/t/default/d/oven'}), eventOf(2, {type: 'status'}));
    const {stdout} = await runCommand(
      Tail,
      '--no-follow',
      '--device',
      'lamp-1',
      '--type',
      'telemetry',
      '-o',
      'ndjson',
    );
    expect(JSON.parse(stdout)).toEqual(platform.events[0]);
  });

  it('takes a time in the words people use, and refuses one that it does not know', async () => {
    platform.events.push(eventOf(0), eventOf(1, {time: new Date().toISOString()}));
    expect((await runCommand(Tail, '--no-follow', '--since', '15m', '-q')).stdout).toBe('1\n');
    expect(await runCommand(Tail, '--since', 'soon')).toMatchObject({exitCode: 2});
  });

  it('shows control characters of a device instead of obeying them', async () => {
    platform.events.push(eventOf(0, {data: 'a\u009b2Jb'}));
    expect((await runCommand(Tail, '--no-follow')).stdout).toContain('"a\\x9b2Jb"');
  });
});

describe('query', () => {
  it('prints columns in the order of the statement, in every format', async () => {
    platform.result = {
      columns: [
        {name: 'device', type: 'VARCHAR'},
        {name: 'count', type: 'BIGINT'},
        {name: 'count', type: 'BIGINT'},
      ],
      rows: [
        ['lamp-1', 2, null],
        ['oven', 10, {a: 1}],
      ],
      truncated: true,
      elapsedMs: 1,
      freshness: FRESH,
    };
    const table = await runCommand(Query, 'SELECT …');
    expect(table.stdout).toBe('device  count  count_2\nlamp-1      2\noven       10  {"a":1}\n');
    expect(table.stderr).toContain('Only the first 2 rows are shown');
    expect((await runCommand(Query, 'x', '-o', 'md')).stdout).toContain('| lamp-1 | 2 |  |\n');
    expect(JSON.parse((await runCommand(Query, 'x', '-o', 'json')).stdout)).toEqual([
      {device: 'lamp-1', count: 2, count_2: null},
      {device: 'oven', count: 10, count_2: {a: 1}},
    ]);
  });

  it('keeps the order of columns that are named like numbers', async () => {
    platform.result = {
      ...platform.result,
      columns: [
        {name: 'x', type: ''},
        {name: '1', type: ''},
      ],
      rows: [['a', 1]],
    };
    expect((await runCommand(Query, "SELECT 'a' AS x, 1")).stdout).toBe('x  1\na  1\n');
    expect((await runCommand(Query, "SELECT 'a' AS x, 1", '-o', 'csv')).stdout).toBe('x,1\r\na,1\r\n');
  });

  it('reads the statement from a file, and needs one', async () => {
    await using folder = await temporaryFolder();
    const file = join(folder.path, 'report.sql');
    await writeFile(file, 'SELECT ?');
    await runCommand(Query, '--file', file, 'lamp-1', '-o', 'csv');
    expect(platform.asked).toEqual({sql: 'SELECT ?', parameters: {1: 'lamp-1'}});
    expect(await runCommand(Query)).toMatchObject({exitCode: 2});
    expect(await runCommand(Query, '--file', join(folder.path, 'none.sql'))).toMatchObject({exitCode: 7});
  });

  it('passes on its limits', async () => {
    await runCommand(Query, 'SELECT 1', '--timeout', '1m', '--max-rows', '5');
    expect(platform.asked).toEqual({sql: 'SELECT 1', timeoutMs: 60_000, maxRows: 5});
    await runCommand(Query, 'SELECT ?, $b', '7', '-p', 'b=x', '--consistent', '--explain');
    expect(platform.asked).toEqual({
      sql: 'EXPLAIN SELECT ?, $b',
      parameters: {1: 7, b: 'x'},
      consistent: true,
    });
  });
});

describe('cmd', () => {
  beforeEach(() => {
    platform.devices.set('lamp-1', deviceOf('lamp-1'));
  });

  it.each([
    ['succeeded', ['--wait', '5s'], 0, undefined],
    ['queued', [], 0, undefined],
    ['failed', [], 5, 'IOT_COMMAND_FAILED'],
    ['rejected', ['--wait', '5s'], 5, 'IOT_COMMAND_FAILED'],
    ['queued', ['--wait', '5s'], 5, 'IOT_DEVICE_OFFLINE'],
    ['expired', ['--wait', '5s'], 8, 'IOT_COMMAND_EXPIRED'],
    ['timed_out', ['--wait', '5s'], 8, 'IOT_TIMED_OUT'],
    ['delivered', ['--wait', '5s'], 8, 'IOT_TIMED_OUT'],
  ] as const)(
    'send with a command that is %s and flags %j ends with %i',
    async (state, flags, exitCode, code) => {
      platform.answer = {state};
      const sent = await runCommand(CmdSend, 'lamp-1', 'reboot', ...flags);
      expect(sent.exitCode).toBe(exitCode);
      expect(sent.error?.code).toBe(code);
      expect(sent.stdout).toContain(state);
    },
  );

  it('sends the data, the time to live and the time to wait', async () => {
    await runCommand(CmdSend, 'lamp-1', 'set', '--data', '{"target":21.5}', '--ttl', '5m', '--wait', '2s');
    expect(platform.asked).toEqual({name: 'set', data: {target: 21.5}, ttlMs: 300_000, waitMs: '2000'});
    expect(await runCommand(CmdSend, 'lamp-1', 'set', '--data', '{')).toMatchObject({exitCode: 2});
  });

  it('shows, lists and cancels', async () => {
    platform.answer = {state: 'queued'};
    const {stdout} = await runCommand(CmdSend, 'lamp-1', 'reboot', '-q');
    const id = stdout.trim();
    expect((await runCommand(CmdList, 'lamp-1', '-q')).stdout).toBe(`${id}\n`);
    expect((await runCommand(CmdCancel, id)).stdout).toContain('cancelled');
    expect((await runCommand(CmdShow, id)).stdout).toContain('cancelled');
  });
});
