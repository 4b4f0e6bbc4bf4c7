/** Command round trips against mosquitto: what the report says is what happened. */
import {afterAll, afterEach, beforeAll, describe, expect, it, vi} from 'vitest';
import {commandsOf} from '../../../src/cli/load/command-input.js';
import {commonPlan, rateOfFlags} from '../../../src/cli/load/plan-input.js';
import {LoadRun} from '../../../src/sim/load/load-run.js';
import {type LoadPlan, type PlannedCommands, sliceOf} from '../../../src/sim/load/plan.js';
import {nowMs} from '../../../src/sim/measure/clock.js';
import type {RunSnapshot} from '../../../src/sim/measure/run-snapshot.js';
import {until} from '../../support/deadline.js';
import {mosquittoInstalled, startMosquitto} from '../../support/mosquitto.js';

let broker: Awaited<ReturnType<typeof startMosquitto>>;

async function planOf(
  version: '4' | '5',
  more: Partial<PlannedCommands> = {},
  rate: number | 'max' = 500,
): Promise<LoadPlan> {
  const flags = {
    'client-id': '{run}-{role}{i}',
    'connect-rate': 5000,
    start: 1,
    'keep-alive': 60,
    'clean-start': true,
    reconnect: true,
    'reconnect-max': 1000,
    agents: 1,
    url: [broker.url],
    'protocol-version': version,
  };
  return {
    ...(await commonPlan(flags, undefined)),
    idle: 0,
    publish: null,
    subscribe: null,
    command: {
      ...(await commandsOf({}, undefined)),
      ...rateOfFlags({rate, duration: 300}, 1),
      clients: 2,
      devices: 5,
      inflight: 50,
      timeoutMs: 10_000,
      qos: 1,
      count: null,
      ...more,
    },
    durationMs: 300,
    drainMs: 11_000,
    lateAfterMs: Infinity,
    seed: 1,
  };
}

async function run(plan: LoadPlan): Promise<RunSnapshot['measurements']> {
  const load = await LoadRun.prepare(plan);
  await load.connect();
  load.begin();
  return (await load.done).measurements;
}

describe.skipIf(!mosquittoInstalled())('command round trips', () => {
  beforeAll(async () => {
    broker = await startMosquitto('set_tcp_nodelay true');
  });
  afterEach(() => void vi.useRealTimers());
  afterAll(() => broker?.[Symbol.asyncDispose]());

  it.each(['4', '5'] as const)('measures every answer with MQTT version %s', async version => {
    const {counters, failures, latencies, gauges} = await run(await planOf(version));
    expect(counters).toMatchObject({connected: 7, commandsSent: 150, commandsAnswered: 150, foreign: 0});
    expect(failures).toEqual({});
    expect(Object.keys(latencies)).toContain('cmd');
    expect(gauges.inFlight.now).toBe(0);
  });

  it('has no more commands open than it may', async () => {
    const plan = await planOf('5', {inflight: 3, count: 200}, 'max');
    const {counters, gauges} = await run({...plan, durationMs: null});
    expect(counters).toMatchObject({commandsSent: 200, commandsAnswered: 200});
    expect(gauges.inFlight.max).toBe(6);
  });

  it('counts a command that nobody answers in time', async () => {
    // The clock of the run stands still until all that is answered is.
    vi.useFakeTimers({toFake: ['hrtime']});
    // Of three devices, two would be in another process.
    const plan = sliceOf(await planOf('5', {devices: 3, timeoutMs: 100, count: 20}), 1, 2);
    const load = await LoadRun.prepare(plan);
    await load.connect(nowMs() - 1000);
    load.begin(nowMs() - 1000);
    await until(() => load.measurements.counter('commandsAnswered') === 4, 'the answers');
    expect(load.phase).toBe('draining');
    vi.advanceTimersByTime(100);
    await until(() => load.snapshot().measurements.gauges.inFlight.now === 0, 'nothing is open');
    load.complete();
    const {counters, failures} = (await load.done).measurements;
    expect(counters).toMatchObject({commandsSent: 10, commandsAnswered: 4});
    expect(failures).toEqual({command: {timeout: 6}});
  });

  it('leaves a command of another run alone', async () => {
    const own = await planOf('4');
    const other = await planOf('4', {topic: `bench/${own.run}/{i}/cmd`});
    const load = await LoadRun.prepare({
      ...own,
      durationMs: 60_000,
      command: {...own.command!, rate: {startPerSec: 0, stages: []}},
    });
    await load.connect();
    load.begin();
    const {failures} = await run({...other, command: {...other.command!, devices: 5}});
    await until(() => load.measurements.counter('foreign') === 150, 'all commands of the other run came');
    load.stop();
    expect((await load.done).measurements.counters.commandsAnswered).toBe(0);
    expect(failures).toEqual({});
  });
});
