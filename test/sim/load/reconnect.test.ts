/** Messages that a lost connection left unacknowledged: what a broker gets of them on the next one. */
import {once} from 'node:events';
import {type AddressInfo, createServer, type Socket} from 'node:net';
import {generate, type IPublishPacket, type Packet, parser} from 'mqtt-packet';
import {expect, it} from 'vitest';
import {commonPlan, rateOfFlags} from '../../../src/cli/load/plan-input.js';
import {LoadRun} from '../../../src/sim/load/load-run.js';
import type {LoadPlan} from '../../../src/sim/load/plan.js';
import type {RunSnapshot} from '../../../src/sim/measure/run-snapshot.js';
import {within} from '../../support/deadline.js';

const MESSAGES = 20;
const INFLIGHT = 5;

/** Cuts its first connection when it got so many messages, none of which it acknowledged to the end; later ones are acknowledged. */
async function startCuttingBroker({keepsSession}: {readonly keepsSession: boolean}) {
  const connections: Packet[][] = [];
  const sockets: Socket[] = [];
  const server = createServer(socket => {
    const packets: Packet[] = [];
    const isFirst = connections.push(packets) === 1;
    sockets.push(socket.on('error', () => undefined));
    const say = (packet: Packet) => socket.write(generate(packet, {protocolVersion: 5}));
    const read = parser({protocolVersion: 5});
    read.on('packet', packet => {
      packets.push(packet);
      const messageId = packet.messageId ?? 0;
      if (packet.cmd === 'connect')
        say({cmd: 'connack', reasonCode: 0, sessionPresent: keepsSession && !isFirst});
      if (packet.cmd === 'publish' && packet.qos === 1 && !isFirst)
        say({cmd: 'puback', messageId, reasonCode: 0});
      if (packet.cmd === 'publish' && packet.qos === 2) say({cmd: 'pubrec', messageId, reasonCode: 0});
      if (packet.cmd === 'pubrel' && !isFirst) say({cmd: 'pubcomp', messageId, reasonCode: 0});
      const seen = packets.filter(({cmd}) => cmd === 'publish').length;
      const released = packets.filter(({cmd}) => cmd === 'pubrel').length;
      const qos = packets.find((one): one is IPublishPacket => one.cmd === 'publish')?.qos;
      // Of QoS 2, when all are known to be received: nothing but their release is missing.
      if (isFirst && seen === INFLIGHT && (qos === 1 || released === INFLIGHT)) socket.destroy();
    });
    socket.on('data', bytes => read.parse(bytes));
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return {
    url: `mqtt://127.0.0.1:${(server.address() as AddressInfo).port}`,
    /** What came on each of its connections, by kind. */
    came: (connection: number, cmd: Packet['cmd']) =>
      (connections[connection] ?? []).filter(packet => packet.cmd === cmd),
    published: (connection: number) =>
      (connections[connection] ?? []).filter((packet): packet is IPublishPacket => packet.cmd === 'publish'),
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise(resolve => server.close(resolve));
    },
  };
}

async function publish(url: string, qos: 1 | 2): Promise<RunSnapshot> {
  const common = await commonPlan(
    {
      ...{
        url: [url],
        'client-id': 'pub{i}',
        'protocol-version': '5',
        'connect-rate': 1000,
        agents: 1,
        start: 1,
      },
      ...{'keep-alive': 60, 'clean-start': false, reconnect: true, 'reconnect-max': 1000, run: 'r'},
    },
    undefined,
  );
  const plan: LoadPlan = {
    ...common,
    connect: {...common.connect, reconnect: {minMs: 10, maxMs: 20}},
    idle: 0,
    publish: {
      clients: 1,
      topic: 't',
      ...{qos, retain: false, inflight: INFLIGHT, count: MESSAGES},
      payload: {kind: 'template', text: '{seq}', from: '--payload'},
      ...rateOfFlags({rate: 1000, duration: 0}, 1),
    },
    subscribe: null,
    ...{durationMs: null, drainMs: 10_000, lateAfterMs: Infinity, seed: 1},
  };
  const run = await LoadRun.prepare(plan);
  await run.connect();
  run.begin();
  return await within(run.done, 'the end of the run');
}

const counted = (changes: object) => ({
  sent: MESSAGES,
  acknowledged: MESSAGES,
  unacknowledged: 0,
  connected: 1,
  reconnects: 1,
  ...changes,
});

const told = (packets: readonly IPublishPacket[]) =>
  packets.map(({messageId, payload, dup}) => ({messageId, text: payload.toString(), dup}));

it.each([true, false])(
  'of QoS 1 come again, first and in order, with a kept session: %s',
  async keepsSession => {
    await using broker = await startCuttingBroker({keepsSession});
    const {measurements} = await publish(broker.url, 1);
    expect(measurements.counters).toMatchObject(counted({repeated: INFLIGHT}));
    expect(measurements.failures).toEqual({connection: {closed: 1}});
    expect(measurements.recoveries.connection).toBeDefined();
    const again = told(broker.published(1));
    // Only in the session that it was sent in is it a duplicate (MQTT 5, 3.3.1.1).
    const first = told(broker.published(0)).map(message => ({...message, dup: keepsSession}));
    expect(again.slice(0, INFLIGHT)).toEqual(first);
    expect(again.map(({text}) => Number(text))).toEqual(Array.from({length: MESSAGES}, (_, seq) => seq));
  },
);

it('of QoS 2 are released and not sent again, where the session was kept', async () => {
  await using broker = await startCuttingBroker({keepsSession: true});
  const {measurements} = await publish(broker.url, 2);
  expect(measurements.counters).toMatchObject(counted({}));
  expect(broker.came(1, 'pubrel')).toHaveLength(MESSAGES);
  expect(told(broker.published(1)).map(({text}) => Number(text))).toEqual(
    Array.from({length: MESSAGES - INFLIGHT}, (_, at) => at + INFLIGHT),
  );
});

it('of QoS 2 are sent again, where it was not', async () => {
  await using broker = await startCuttingBroker({keepsSession: false});
  const {measurements} = await publish(broker.url, 2);
  expect(measurements.counters).toMatchObject(counted({repeated: INFLIGHT}));
  expect(told(broker.published(1)).map(({text}) => Number(text))).toEqual(
    Array.from({length: MESSAGES}, (_, seq) => seq),
  );
});
