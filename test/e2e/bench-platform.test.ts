/** Load tests against iotctl's own platform: who logs in is made for the run, and gone after it. */
import {readFile} from 'node:fs/promises';
import {join} from 'node:path';
import {execa} from 'execa';
import {afterAll, beforeAll, expect, it} from 'vitest';
import type {RunReport} from '../../src/sim/measure/run-report.js';
import {until} from '../support/deadline.js';
import {startPlatform} from '../support/start-platform.js';

const BIN = new URL('../../bin/run.js', import.meta.url).pathname;

let platform: Awaited<ReturnType<typeof startPlatform>>;

beforeAll(async () => {
  platform = await startPlatform();
});
afterAll(() => platform[Symbol.asyncDispose]());

const report = ({stdout}: {stdout?: unknown}): RunReport => JSON.parse(String(stdout)) as RunReport;
const short = ['--duration', '1s', '--output', 'json'];

async function nothingIsLeft(): Promise<void> {
  expect((await platform.api.listDevices()).items).toEqual([]);
  expect((await platform.api.listTokens()).items.map(({name}) => name)).toEqual(['admin']);
}

it('publishes readings as devices, judges thresholds, and writes a JUnit file', async () => {
  const done = await platform.run([
    ...['bench', 'pub', '--devices', '20', '--rate', '100', '--run', 'r1', ...short],
    ...['--threshold', 'puback.p99<5s', '--threshold', 'unacknowledged==0', '--threshold', 'lost==0'],
    ...['--summary', 'junit:load-test.xml'],
  ]);
  expect(done.stderr).not.toContain('Error');
  expect(done.exitCode).toBe(0);
  expect(report(done)).toMatchObject({
    clients: {wanted: 20, connected: 20},
    target: {brokerVersion: expect.stringMatching(/^iotctl \d/)},
    counters: {sent: {total: 100}, acknowledged: {total: 100}},
    thresholds: [{ok: true}, {ok: true}, {ok: true}],
  });
  const junit = await readFile(join(platform.home, 'load-test.xml'), 'utf8');
  expect(junit).toContain('tests="4" failures="0"');
  await nothingIsLeft();
  const {items} = await platform.api.events({type: 'telemetry', limit: 200});
  expect(items).toHaveLength(100);
  expect(items.every(({data}) => typeof (data as {value?: unknown}).value === 'number')).toBe(true);
});

it('reads from end to end what devices say, and what applications do', async () => {
  for (const [topic, copies] of [
    [[], 1],
    [['--topic', 't/default/x/bench/{run}/{i}', '--pattern', 'fan-out'], 3],
  ] as const) {
    const done = await platform.run(['bench', 'e2e', '--devices', '3', '--rate', '50', ...topic, ...short]);
    expect(done.exitCode).toBe(0);
    expect(report(done)).toMatchObject({
      delivery: {expected: 50 * copies, delivered: 50 * copies, lost: 0},
      latency: {e2e: {count: 50 * copies}},
    });
  }
  await nothingIsLeft();
});

it('runs a case of the benchmark suite with devices that are made for it', async () => {
  const done = await platform.run(['bench', 'preset', 'p2p-1K-1K-1K-1K', '--scale', '0.01', ...short]);
  expect(done.stderr).not.toContain('Error');
  expect(report(done)).toMatchObject({clients: {connected: 20}, delivery: {expected: 10, lost: 0}});
  await nothingIsLeft();
});

it('measures commands through the API until their result', async () => {
  const done = await platform.run([
    ...['bench', 'cmd', '--devices', '3', '--rate', '5', '--data', '{"speed":1}', ...short],
    ...['--threshold', 'cmd.p99<10s', '--threshold', 'failures==0'],
  ]);
  expect(done.exitCode).toBe(0);
  expect(report(done)).toMatchObject({
    clients: {wanted: 3, connected: 3},
    counters: {commandsSent: {total: 5}, commandsAnswered: {total: 5}},
    latency: {cmd: {count: 5}},
    delivery: null,
  });
  await nothingIsLeft();
});

it('keeps devices when it is told to, and takes them away when it is interrupted', async () => {
  const kept = await platform.run(['bench', 'conn', '--devices', '2', '--run', 'r2', '--keep', ...short]);
  expect(report(kept)).toMatchObject({clients: {connected: 2}});
  expect((await platform.api.listDevices()).items.map(({id}) => id)).toEqual(['r2-conn1', 'r2-conn2']);
  const again = await platform.run(['bench', 'conn', '--devices', '2', '--run', 'r2', ...short]);
  expect(again.stderr).toContain('IOT_DEVICE_EXISTS');
  for (const id of ['r2-conn1', 'r2-conn2']) await platform.api.deleteDevice(id, {force: true});

  const running = execa(
    process.execPath,
    [BIN, 'bench', 'pub', '--devices', '2', '--duration', '60s', '-o', 'json'],
    {
      env: platform.env,
      cwd: platform.home,
      reject: false,
    },
  );
  await until(
    async () => (await platform.api.listDevices()).items.some(({connectivity}) => connectivity === 'online'),
    'a device connected',
  );
  running.kill('SIGINT');
  const {exitCode, stdout} = await running;
  expect(exitCode).toBe(130);
  expect(report({stdout})).toMatchObject({ending: {state: 'interrupted'}});
  await nothingIsLeft();
});
