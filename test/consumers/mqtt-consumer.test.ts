import {connectAsync} from 'mqtt';
import {expect, it} from 'vitest';
import {MqttSink} from '../../src/consumers/mqtt-sink.js';
import type {CloudEvent} from '../../src/domain/cloud-event.js';
import {numbered, range} from '../stream/sample-events.js';
import {until} from '../support/deadline.js';
import {freePort, mosquittoInstalled, startMosquitto} from '../support/mosquitto.js';
import {certificateMaker} from '../support/openssl-certificates.js';
import {startConsumers} from '../support/start-consumers.js';

const DEVICES = ['lamp-0', 'lamp-1'];

it.runIf(mosquittoInstalled())(
  'publishes to a broker, also to one that comes later, in the order of each device',
  async () => {
    const port = await freePort();
    await using started = await startConsumers();
    started.events.append(...range(0, 20).map(number => numbered(number, {device: DEVICES[number % 2]!})));
    const target = {
      kind: 'mqtt',
      url: `mqtt://127.0.0.1:${port}`,
      topic: 'fleet/{{device}}/{{type}}/{{component}}',
      allowPrivate: true,
    } as const;
    await started.client.create({name: 'twin', target, from: 'beginning'});
    await until(async () => (await started.stateOf('twin')).problem !== null, 'the problem');
    await using broker = await startMosquitto(`listener ${port} 127.0.0.1`);
    const subscriber = await connectAsync(broker.url, {reconnectPeriod: 0});
    const got: {topic: string; offset: number}[] = [];
    subscriber.on('message', (topic, payload) => {
      got.push({topic, offset: (JSON.parse(payload.toString()) as CloudEvent).offset});
    });
    await subscriber.subscribeAsync('fleet/#', {qos: 1});
    // What came before the subscription is gone: everything is sent once more.
    await started.caughtUp('twin');
    got.length = 0;
    await started.client.seek('twin', 'beginning');
    await until(() => got.length >= 20, 'all messages');
    for (const [index, device] of DEVICES.entries()) {
      const own = got.filter(({topic}) => topic === `fleet/${device}/telemetry/-`);
      expect(own.map(({offset}) => offset)).toEqual(range(0, 20).filter(number => number % 2 === index));
    }
    await subscriber.endAsync(true);
  },
);

it.runIf(mosquittoInstalled())(
  'publishes over TLS to a broker of its own authority, and to nobody whom that has not signed for this name',
  async () => {
    await using maker = await certificateMaker();
    const ca = await maker.make({name: 'ca of the broker', isCa: true});
    const stranger = await maker.make({name: 'another ca', isCa: true});
    const server = await maker.make({name: 'broker', issuer: ca, hosts: ['localhost']});
    const port = await freePort();
    await using broker = await startMosquitto(
      ...[`listener ${port} 127.0.0.1`, `cafile ${ca.path}`],
      ...[`certfile ${server.path}`, `keyfile ${server.path.slice(0, -4)}.key`],
    );
    const subscriber = await connectAsync(broker.url, {reconnectPeriod: 0});
    const got: string[] = [];
    subscriber.on('message', topic => got.push(topic));
    await subscriber.subscribeAsync('#', {qos: 1});
    await using started = await startConsumers();
    started.events.append(numbered(0));
    const create = (name: string, host: string, caPem?: string) =>
      started.client.create({
        name,
        target: {
          kind: 'mqtt',
          url: `mqtts://${host}:${port}`,
          topic: `${name}/{{device}}`,
          allowPrivate: true,
        },
        ...(caPem === undefined ? {} : {secret: {caPem}}),
        from: 'beginning',
      });
    await create('nobody', 'localhost');
    await create('stranger', 'localhost', stranger.cert);
    await create('elsewhere', '127.0.0.1', ca.cert);
    for (const [name, problem] of [
      ['nobody', /self-signed certificate|unable to (get|verify)/],
      ['stranger', /self-signed certificate|unable to (get|verify)/],
      ['elsewhere', /does not match certificate/],
    ] as const) {
      await until(async () => (await started.stateOf(name)).problem !== null, `the problem of ${name}`);
      expect((await started.stateOf(name)).problem).toMatch(problem);
    }
    await create('own', 'localhost', ca.cert);
    await started.caughtUp('own');
    await until(() => got.length > 0, 'the message');
    expect(got).toEqual(['own/lamp-1']);
    await subscriber.endAsync(true);
  },
);

it('reaches no private address that it may not reach', async () => {
  for (const url of ['mqtt://127.0.0.1:1883', 'mqtt://localhost:1883']) {
    const sink = new MqttSink({
      url: new URL(url),
      topic: 'x',
      clientId: 'test',
      username: undefined,
      password: undefined,
      caPem: undefined,
      allowPrivate: false,
      timeoutMs: 5000,
    });
    const failure = await sink.deliver([{...numbered(0), offset: 0}], new AbortController().signal);
    expect(failure).toMatchObject({blame: 'away', why: expect.stringMatching(/is not a public address$/)});
  }
});
