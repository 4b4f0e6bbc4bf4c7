/** Load tests of several processes, as users start them, against a broker that nobody here wrote. */
import {execFileSync} from 'node:child_process';
import {readFile} from 'node:fs/promises';
import {join} from 'node:path';
import {execa} from 'execa';
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
