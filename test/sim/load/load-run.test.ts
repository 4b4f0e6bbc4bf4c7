/** Whole runs against mosquitto: what the report says is what happened. */
import type {Socket} from 'node:net';
import {afterEach, describe, expect, it, vi} from 'vitest';
import {endToEnd, type Pattern} from '../../../src/cli/load/end-to-end.js';
import {commonPlan, rateOfFlags} from '../../../src/cli/load/plan-input.js';
import type {RunPhase} from '../../../src/domain/live-view.js';
import {LoadRun} from '../../../src/sim/load/load-run.js';
import {type LoadPlan, sliceOf} from '../../../src/sim/load/plan.js';
import {nowMs} from '../../../src/sim/measure/clock.js';
import {deliveryReport} from '../../../src/sim/measure/delivery-report.js';
import {mergeSnapshots, type RunSnapshot} from '../../../src/sim/measure/run-snapshot.js';
import {until, within} from '../../support/deadline.js';
import {CONNACK, startFakeBroker} from '../../support/fake-broker.js';
import {mosquittoInstalled, startMosquitto} from '../../support/mosquitto.js';

const FLAGS = {
  'client-id': '{run}-{role}{i}',
  'protocol-version': '5',
  'connect-rate': 5000,
  agents: 1,
  start: 1,
  'keep-alive': 60,
  'clean-start': true,
  reconnect: true,
  'reconnect-max': 1000,
} as const;

interface Shape {
  readonly url: string;
  readonly pattern: Pattern;
  readonly publishers: number;
  readonly subscribers: number;
  readonly payload?: string;
  readonly qos?: 0 | 1 | 2;
}

async function planOf({url, pattern, publishers, subscribers, payload, qos = 1}: Shape): Promise<LoadPlan> {
  return endToEnd({
    ...(await commonPlan({...FLAGS, url: [url]}, undefined)),
    pattern,
    group: 'g',
    subscribers,
    publish: {
      clients: publishers,
      topic: 'bench/{run}/{i}',
      qos,
      retain: false,
      inflight: 20,
      payload:
        payload === undefined
          ? {kind: 'size', bytes: 16}
          : {kind: 'template', text: payload, from: '--payload'},
      ...rateOfFlags({rate: 1000, duration: 300}, publishers),
      count: null,
    },
    durationMs: 300,
    drainMs: 10_000,
    lateAfterMs: 5000,
    seed: 1,
  });
}

async function run(plan: LoadPlan, onPhase?: (phase: RunPhase) => void): Promise<RunSnapshot> {
  const load = await LoadRun.prepare(plan, onPhase);
  await load.connect();
  load.begin();
  return load.done;
}

const report = ({delivery}: RunSnapshot) => deliveryReport(delivery!, String);

describe.skipIf(!mosquittoInstalled())('a load test', () => {
  // Who counts for several processes believes what each told then: that everything has come, and the run can end.
  it('has sent what was due when it says that it sends no more', async () => {
    await using broker = await startMosquitto();
    const plan = await planOf({url: broker.url, pattern: 'p2p', publishers: 4, subscribers: 4, qos: 0});
    const rate = rateOfFlags({rate: 20_000, duration: 60_000}, 4);
    const sent: number[] = [];
    const load = await LoadRun.prepare(
      {...plan, durationMs: 60_000, publish: {...plan.publish!, ...rate}},
      phase => {
        if (phase === 'draining') sent.push(load.measurements.counter('sent'));
      },
    );
    await load.connect();
    load.begin();
    await until(() => load.measurements.counter('sent') > 100, 'messages');
    load.stop('interrupt');
    const {measurements} = await load.done;
    expect(sent).toEqual([measurements.counters.sent]);
  });

  it.each([
    {pattern: 'p2p', publishers: 6, subscribers: 6, copies: 1},
    {pattern: 'p2p', publishers: 6, subscribers: 3, copies: 1},
    {pattern: 'fan-in', publishers: 6, subscribers: 1, copies: 1},
    {pattern: 'fan-out', publishers: 2, subscribers: 5, copies: 5},
    {pattern: 'shared', publishers: 6, subscribers: 3, copies: 1},
  ] as const)(
    'accounts for every message of $pattern, $publishers to $subscribers',
    async ({copies, ...shape}) => {
      await using broker = await startMosquitto();
      const snapshot = await run(await planOf({url: broker.url, ...shape}));
      const {counters} = snapshot.measurements;
      expect(counters).toMatchObject({
        sent: 300,
        acknowledged: 300,
        unacknowledged: 0,
        received: 300 * copies,
      });
      expect(snapshot.measurements.failures).toEqual({});
      expect(report(snapshot)).toMatchObject({
        expected: 300 * copies,
        delivered: 300 * copies,
        lost: 0,
        duplicated: 0,
        // Between subscribers who share a subscription there is no order (MQTT 5, 4.8.2).
        ...(shape.pattern === 'shared' ? {} : {reordered: 0}),
      });
    },
  );

  it('finds stamps in a text and beside it, with every QoS', async () => {
    await using broker = await startMosquitto();
    for (const [payload, qos] of [
      ['{"s":"{stamp}","n":{seq}}', 0],
      ['{"v":{random 1 9}}', 2],
    ] as const) {
      const shape = {url: broker.url, pattern: 'p2p', publishers: 2, subscribers: 2, payload, qos} as const;
      expect(report(await run(await planOf(shape)))).toMatchObject({delivered: 300, lost: 0});
    }
  });

  it('is the same when several processes share it', async () => {
    await using broker = await startMosquitto();
    const plan = await planOf({url: broker.url, pattern: 'p2p', publishers: 5, subscribers: 3});
    const runs = await Promise.all([0, 1].map(agent => LoadRun.prepare(sliceOf(plan, agent, 2))));
    await Promise.all(runs.map(one => one.connect()));
    for (const one of runs) one.begin();
    await until(
      () => runs.reduce((sum, one) => sum + one.snapshot().totals.received, 0) === 300,
      'all arrived',
    );
    for (const one of runs) one.complete();
    const [a, b] = await Promise.all(runs.map(one => one.done));
    expect(report(mergeSnapshots(a!, b!))).toMatchObject({expected: 300, delivered: 300, lost: 0});
  });

  it('ends when all that was to be sent is, though its time is not over', async () => {
    await using broker = await startMosquitto();
    const plan = await planOf({url: broker.url, pattern: 'p2p', publishers: 2, subscribers: 2});
    const hour = 3_600_000;
    const rate = rateOfFlags({rate: 1000, duration: hour}, 2);
    const counted = {...plan, durationMs: hour, publish: {...plan.publish!, ...rate, count: 50}};
    const {measurements} = await within(run(counted), 'the end of the run');
    expect(measurements.counters).toMatchObject({sent: 50, received: 50});
  });

  it('counts who cannot connect by its reason, and ends', async () => {
    const plan = await planOf({url: 'mqtt://127.0.0.1:1', pattern: 'p2p', publishers: 1, subscribers: 1});
    const load = await LoadRun.prepare(plan);
    await load.connect();
    load.stop();
    const {measurements} = await load.done;
    expect(measurements.counters.connected).toBe(0);
    expect(Object.keys(measurements.failures.connect!)).toEqual(['ECONNREFUSED']);
  });
});

it('does not count as sent what a broker that stands still never reads', async () => {
  await using broker = await startFakeBroker(socket => {
    socket.write(Buffer.from(CONNACK[5].replaceAll(' ', ''), 'hex'));
    socket.pause();
  });
  const plan = await planOf({url: broker.url, pattern: 'p2p', publishers: 1, subscribers: 1, qos: 0});
  const flooding: LoadPlan = {
    ...plan,
    publish: {...plan.publish!, payload: {kind: 'size', bytes: 1000}, rate: null},
    subscribe: null,
    drainMs: 0,
  };
  const {measurements} = await run(flooding, phase => {
    if (phase === 'draining') for (const socket of broker.sockets) socket.destroy();
  });
  // The kernel would take megabytes.
  expect(measurements.counters.sentBytes).toBeLessThan(300_000);
  expect(measurements.counters.sentBytes).toBeGreaterThan(100_000);
});

describe('many connections', () => {
  const idlePlan = async (url: string, idle: number): Promise<LoadPlan> => {
    const plan = await planOf({url, pattern: 'p2p', publishers: 1, subscribers: 1});
    return {
      ...plan,
      publish: null,
      subscribe: null,
      idle,
      connect: {...plan.connect, ratePerSec: 100_000},
    };
  };

  afterEach(() => void vi.useRealTimers());

  it('are opened no faster than a broker takes them', async () => {
    // All are due at once, and no time goes by in which a connection would be no longer counted as waiting.
    vi.useFakeTimers({toFake: ['hrtime']});
    const waiting: Socket[] = [];
    let asked = 0;
    await using broker = await startFakeBroker(socket => {
      waiting.push(socket);
      asked++;
    });
    const load = await LoadRun.prepare(await idlePlan(broker.url, 150));
    const connected = load.connect(nowMs() - 1000);
    for (const inAll of [64, 128, 150]) {
      await until(() => asked === inAll, `${inAll} connections`);
      expect(load.measurements.counter('connectAttempts')).toBe(inAll);
      for (const socket of waiting.splice(0))
        socket.write(Buffer.from(CONNACK[5].replaceAll(' ', ''), 'hex'));
    }
    await within(connected, 'the connections');
    load.stop();
    expect((await load.done).measurements.counters.connected).toBe(150);
  });

  it('do not wait for a broker that answers nobody', async () => {
    await using broker = await startFakeBroker(() => undefined);
    const load = await LoadRun.prepare(await idlePlan(broker.url, 200));
    const settled = load.connect();
    await until(() => broker.sockets.length === 200, 'all to be opened');
    load.stop('interrupt');
    await settled;
    await load.done;
  });
});
