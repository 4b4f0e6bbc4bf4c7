import {afterAll, beforeAll, describe, expect, it} from 'vitest';
import {encodeTopic} from '../../../src/sim/wire/encoded-topic.js';
import {encodePublishProperties} from '../../../src/sim/wire/publish-properties.js';
import {until} from '../../support/deadline.js';
import {mosquittoInstalled, startMosquitto} from '../../support/mosquitto.js';
import {startGateway} from '../../support/start-gateway.js';
import {endpointOf, WireClient} from '../../support/wire-client.js';

const login = {clientId: 'pump-7', username: 'pump-7@default'};
const topic = encodeTopic('wire/a');

/** Lengths around those at which the remaining length needs another byte, and beyond the shared buffer. */
const SIZES = [0, 1, 110, 118, 119, 120, 128, 16_373, 16_374, 16_375, 16_384, 70_000, 140_000, 45];

describe.skipIf(!mosquittoInstalled())('with a broker', () => {
  let broker: Awaited<ReturnType<typeof startMosquitto>>;

  beforeAll(async () => {
    broker = await startMosquitto('max_inflight_messages 20', 'max_keepalive 20');
  });

  afterAll(() => broker[Symbol.asyncDispose]());

  for (const protocolVersion of [4, 5] as const) {
    for (const qos of [0, 1, 2] as const) {
      it(`carries every size with MQTT ${protocolVersion} and QoS ${qos}, in order and once`, async () => {
        using listener = await WireClient.connect(broker.url, {clientId: 'listener', protocolVersion});
        using sender = await WireClient.connect(broker.url, {clientId: 'sender', protocolVersion});
        listener.client.subscribe([{topic: 'wire/#', qos}]);
        expect((await listener.next('subscribed')).codes).toEqual([qos]);

        const payloads = SIZES.map((size, index) => Buffer.alloc(size, index + 1));
        const ids = payloads.map(payload => {
          const packetId = qos === 0 ? 0 : sender.client.nextPacketId();
          expect(sender.client.writePublish(topic, qos, payload, {packetId})).toBe(true);
          return packetId;
        });
        sender.client.flush();
        await until(() => listener.count('message') === SIZES.length, `${SIZES.length} messages`);
        for (const payload of payloads) {
          const message = await listener.next('message');
          expect(message).toMatchObject({topic: 'wire/a', details: {qos, retain: false, dup: false}});
          expect(message.payload.equals(payload)).toBe(true);
        }
        if (qos > 0) {
          await until(() => sender.count('acknowledged') === SIZES.length, 'acknowledgements');
          for (const packetId of ids) {
            expect(await sender.next('acknowledged')).toEqual({what: 'acknowledged', packetId, code: 0});
          }
        }
        expect(listener.told.concat(sender.told).filter(({what}) => what === 'lost')).toEqual([]);
      });
    }
  }

  it('puts what a source writes between other packets, and its properties with it', async () => {
    using listener = await WireClient.connect(broker.url, {clientId: 'listener', protocolVersion: 5});
    using sender = await WireClient.connect(broker.url, {clientId: 'sender', protocolVersion: 5});
    listener.client.subscribe([{topic: 'wire/a', qos: 0}]);
    await listener.next('subscribed');
    let count = 0;
    const source = {
      maxBytes: 200,
      write: (target: Buffer, at: number, timeMs: number) =>
        at + target.write(`${timeMs}:${'x'.repeat(count++ * 60)}`, at),
    };
    const properties = encodePublishProperties({contentType: 'text/plain', userProperties: {stamp: '7'}});
    for (let number = 0; number < 4; number++)
      sender.client.writePublish(topic, 0, source, {timeMs: number, properties});
    sender.client.flush();
    for (let number = 0; number < 4; number++) {
      const {payload, details} = await listener.next('message');
      expect(payload.toString()).toBe(`${number}:${'x'.repeat(number * 60)}`);
      expect(details.properties?.toString('latin1')).toContain('stamp');
    }
  });

  it('says what the broker said, and where a filter was refused', async () => {
    using client = new WireClient((await WireClient.connect(broker.url)).client.options.endpoint, {
      protocolVersion: 5,
      clientId: '',
      connectProperties: {sessionExpiryInterval: 5},
    });
    const {connack} = await client.open();
    expect(connack).toMatchObject({
      sessionPresent: false,
      receiveMaximum: 20,
      maximumQos: 2,
      serverKeepAliveSec: 20,
    });
    expect(connack.assignedClientId).toMatch(/^auto-/);
    expect(client.client.writePublish(topic, 0, Buffer.alloc(1), {})).toBe(true);
    const unsubscribed = client.client.unsubscribe(['wire/never']);
    expect(await client.next('unsubscribed')).toEqual({
      what: 'unsubscribed',
      packetId: unsubscribed,
      codes: [17],
    });
  });
});

it('refuses what MQTT does not allow before anything is sent', async () => {
  const endpoint = await endpointOf('mqtt://127.0.0.1:1');
  for (const changes of [
    {clientId: '', cleanStart: false},
    {password: 'a password without a name'},
    {keepAliveSec: 100_000},
    {protocolVersion: 5 as const, connectProperties: {receiveMaximum: -1}},
  ]) {
    using wire = new WireClient(endpoint, changes);
    expect(() => wire.client.open(), JSON.stringify(changes)).toThrow(
      expect.objectContaining({code: 'IOT_USAGE'}),
    );
    expect(wire.told).toEqual([]);
  }
  expect(() => encodePublishProperties({messageExpiryInterval: 'soon' as never})).toThrow(
    /MQTT allows no such/,
  );
  for (const name of ['', 'a/+', '#', 'a\0', 'x'.repeat(65_536)]) {
    expect(() => encodeTopic(name)).toThrow(expect.objectContaining({code: 'IOT_USAGE'}));
  }
});

it('is refused by name', async () => {
  await using gateway = await startGateway();
  const endpoint = await endpointOf(`mqtt://127.0.0.1:${gateway.port}`);
  for (const protocolVersion of [4, 5] as const) {
    using stranger = new WireClient(endpoint, {...login, protocolVersion, password: 'wrong'});
    stranger.client.open();
    expect((await stranger.next('refused')).reason).toBe('bad-credentials');
    expect(stranger.client.connected).toBe(false);
  }
});
