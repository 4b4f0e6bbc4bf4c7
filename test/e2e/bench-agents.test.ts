/** Load tests of several processes, as users start them, against a broker that nobody here wrote. */
import {execFileSync} from 'node:child_process';
import {readFile} from 'node:fs/promises';
import {join} from 'node:path';
import {execa} from 'execa';
import mqtt from 'mqtt';
import {describe, expect, it} from 'vitest';
import type {RunReport} from '../../src/sim/measure/run-report.js';
import {iotctl} from '../support/built-bin.js';
import {until, within} from '../support/deadline.js';
import {mosquittoInstalled, startMosquitto} from '../support/mosquitto.js';
import {temporaryFolder} from '../support/temporary-folder.js';

/** A load test in a process group of its own, as a shell would start it, and what it will have reported. */
async function startLoad(...flags: string[]) {
  const broker = await startMosquitto();
  const folder = await temporaryFolder();
  const summary = join(folder.path, 'report.json');
  const run = iotctl(
    [
      'bench',
      'e2e',
      '--url',
      broker.url,
      '--devices',
      '8',
      '--agents',
      '2',
      '--qos',
      '1',
      '--no-keep-run',
      ...flags,
      '--summary',
      `json:${summary}`,
    ],
    {detached: true, env: {XDG_CONFIG_HOME: folder.path, XDG_STATE_HOME: folder.path}},
  );
  return {
    run,
    report: async () => JSON.parse(await readFile(summary, 'utf8')) as RunReport,
    /** Resolves when messages come, to the processes that send them. */
    async agents(): Promise<number[]> {
      const {port} = new URL(broker.url);
      await within(execa('mosquitto_sub', ['-p', port, '-t', 'bench/#', '-C', '1']), 'a message');
      return agentsOf(run.pid!);
    },
    async [Symbol.asyncDispose]() {
      run.kill('SIGKILL');
      await run;
      await broker[Symbol.asyncDispose]();
      await folder[Symbol.asyncDispose]();
    },
  };
}

function agentsOf(pid: number): number[] {
  const processes = execFileSync('ps', ['-A', '-o', 'pid=,ppid=,args='], {encoding: 'utf8'});
  return [...processes.matchAll(/^\s*(\d+)\s+(\d+)\s.*sim\/agents\/agent\.js/gm)]
    .filter(([, , parent]) => Number(parent) === pid)
    .map(([, agent]) => Number(agent));
}

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

describe.runIf(mosquittoInstalled())('a load test of several processes', () => {
  it('accounts for every message over two processes', async () => {
    await using load = await startLoad(
      '--subscribers',
      '3',
      '--count',
      '2000',
      '--rate',
      '4000',
      '--threshold',
      'lost==0',
    );
    const {exitCode, stderr} = await load.run;
    expect(stderr).toContain('connections');
    expect(exitCode).toBe(0);
    const {counters, delivery, generator, clients} = await load.report();
    expect(clients).toEqual({wanted: 11, connected: 11});
    expect(counters).toMatchObject({
      sent: {total: 2000},
      acknowledged: {total: 2000},
      received: {total: 2000},
    });
    expect(delivery).toMatchObject({expected: 2000, delivered: 2000, lost: 0, duplicated: 0, reordered: 0});
    expect(generator).toMatchObject({
      processes: 2,
      each: [{rssBytes: expect.any(Number)}, expect.anything()],
    });
    expect(generator.rssBytes).toBe(generator.each.reduce((sum, {rssBytes}) => sum + rssBytes, 0));
  });

  it('ends in order at Ctrl-C, which reaches every process', async () => {
    await using load = await startLoad('--duration', '60s', '--rate', '500');
    expect(await load.agents()).toHaveLength(2);
    process.kill(-load.run.pid!, 'SIGINT');
    const {exitCode} = await load.run;
    expect(exitCode).toBe(130);
    const {counters, delivery, ending} = await load.report();
    expect(ending.state).toBe('interrupted');
    expect(delivery).toMatchObject({lost: 0, delivered: counters.sent.total});
    expect(counters.acknowledged.total).toBe(counters.sent.total);
  });

  it('names an agent that was killed, and goes on without it', async () => {
    await using load = await startLoad('--duration', '1s', '--drain', '200ms', '--rate', '500');
    const [killed] = await load.agents();
    process.kill(killed!, 'SIGKILL');
    const {exitCode} = await load.run;
    expect(exitCode).toBe(9);
    const {failures, ending, counters} = await load.report();
    expect(failures.byReason).toContainEqual({
      kind: 'agent',
      reason: expect.stringMatching(/^agent [12] of 2 was ended by SIGKILL$/),
      count: 1,
    });
    expect(ending).toMatchObject({state: 'failed', reason: expect.stringContaining('was ended by SIGKILL')});
    expect(counters.received.total).toBeGreaterThan(100);
  });

  it('leaves no agent behind when it is killed', async () => {
    await using load = await startLoad('--duration', '60s', '--rate', '500');
    const agents = await load.agents();
    expect(agents).toHaveLength(2);
    load.run.kill('SIGKILL');
    await until(() => !agents.some(isAlive), 'the end of the agents');
  });
});

/** What devices of a simulation told, by topic in their order, and what it reported. */
async function simulated(agents: number, ...flags: string[]) {
  await using broker = await startMosquitto();
  await using folder = await temporaryFolder();
  const told = new Map<string, string[]>();
  const listener = await mqtt.connectAsync(broker.url);
  const last = new Promise<void>(resolve => {
    listener.on('message', (topic, payload) => {
      if (topic === 'last') resolve();
      else told.set(topic, [...(told.get(topic) ?? []), payload.toString()]);
    });
  });
  await listener.subscribeAsync(['t/default/d/+/telemetry', 'last'], {qos: 1});
  const {stdout, stderr} = await iotctl(
    ['sim', 'run', '--url', broker.url, '--agents', `${agents}`, '--no-keep-run', '-o', 'json', ...flags],
    {env: {XDG_CONFIG_HOME: folder.path, XDG_STATE_HOME: folder.path}},
  );
  expect(String(stderr)).not.toContain('Error');
  await listener.publishAsync('last', '', {qos: 1});
  await within(last, 'the last message');
  await listener.endAsync();
  return {told: Object.fromEntries(told), report: JSON.parse(String(stdout)) as RunReport};
}

describe.runIf(mosquittoInstalled())('a simulation of several processes', () => {
  it('is that of one, byte for byte', async () => {
    const flags = [
      '--devices',
      '5',
      '--prefix',
      'lamp-',
      '--seed',
      '7',
      '--interval',
      '1m',
      '--lifetime',
      '1h',
    ];
    const times = ['--start-time', '2026-01-01T00:00:00Z', '--accelerate', '10000x'];
    const [one, two] = [await simulated(1, ...flags, ...times), await simulated(2, ...flags, ...times)];
    expect(Object.keys(one.told)).toHaveLength(5);
    expect(one.told['t/default/d/lamp-3/telemetry']).toHaveLength(60);
    expect(two.told).toEqual(one.told);
    expect(two.report).toMatchObject({
      clients: {connected: 5},
      generator: {processes: 2},
      failures: {total: 0},
    });
  });

  it('has the rate of all of them, from stage to stage', async () => {
    const {report, told} = await simulated(2, '--devices', '5', '--stage', '500ms:400', '--stage', '500ms:0');
    // 200 by its integral; a process that is short of time may miss the very last.
    expect(report.counters.sent.total).toBeGreaterThan(190);
    for (const {length} of Object.values(told)) expect([38, 39, 40]).toContain(length);
  });
});
