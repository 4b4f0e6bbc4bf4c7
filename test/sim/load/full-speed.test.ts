/** What leaves at full speed when a broker acknowledges one message, several, or all of the window. */
import type {Socket} from 'node:net';
import {generate, parser} from 'mqtt-packet';
import {expect, it} from 'vitest';
import {commonPlan, rateOfFlags} from '../../../src/cli/load/plan-input.js';
import {LoadRun} from '../../../src/sim/load/load-run.js';
import type {LoadPlan} from '../../../src/sim/load/plan.js';
import {until, within} from '../../support/deadline.js';
import {startFakeBroker} from '../../support/fake-broker.js';

const INFLIGHT = 8;

/** Acknowledges nothing by itself. */
async function startSilentBroker() {
  const came: number[] = [];
  let socket!: Socket;
  const broker = await startFakeBroker(connection => {
    socket = connection;
    const read = parser({protocolVersion: 5});
    read.on('packet', ({cmd, messageId}) => {
      if (cmd === 'publish') came.push(messageId!);
    });
    connection.on('data', bytes => read.parse(bytes));
    connection.write(generate({cmd: 'connack', reasonCode: 0, sessionPresent: false}, {protocolVersion: 5}));
  });
  return {
    ...broker,
    came,
    acknowledge(messageIds: readonly number[]) {
      for (const messageId of messageIds)
        socket.write(generate({cmd: 'puback', messageId, reasonCode: 0}, {protocolVersion: 5}));
    },
  };
}

async function planOf(url: string): Promise<LoadPlan> {
  const common = await commonPlan(
    {
      ...{url: [url], 'client-id': 'pub{i}', 'protocol-version': '5', 'connect-rate': 1000, agents: 1},
      ...{start: 1, 'keep-alive': 60, 'clean-start': true, reconnect: false, 'reconnect-max': 1000},
    },
    undefined,
  );
  return {
    ...common,
    idle: 0,
    publish: {
      ...{clients: 1, topic: 't', qos: 1, retain: false, inflight: INFLIGHT, count: null},
      payload: {kind: 'size', bytes: 16},
      ...rateOfFlags({rate: 'max', duration: 60_000}, 1),
    },
    subscribe: null,
    ...{durationMs: 60_000, drainMs: 0, lateAfterMs: Infinity, seed: 1},
  };
}

it.each([1, INFLIGHT / 2, INFLIGHT])('so many are sent as were acknowledged: %i', async acknowledged => {
  await using broker = await startSilentBroker();
  const run = await LoadRun.prepare(await planOf(broker.url));
  await run.connect();
  run.begin();
  await until(() => broker.came.length === INFLIGHT, 'a full window');
  broker.acknowledge(broker.came.slice(0, acknowledged));
  await until(() => broker.came.length === INFLIGHT + acknowledged, 'as many more');
  run.stop('interrupt');
  const {measurements} = await within(run.done, 'the end of the run');
  expect(measurements.counters).toMatchObject({sent: INFLIGHT + acknowledged, acknowledged});
});
