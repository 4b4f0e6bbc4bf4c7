import {createHash} from 'node:crypto';
import {afterAll, beforeAll, describe, expect, it} from 'vitest';
import {encodeTopic} from '../../../src/sim/wire/encoded-topic.js';
import {until} from '../../support/deadline.js';
import {bytesOf, CONNACK, startFakeBroker} from '../../support/fake-broker.js';
import {mosquittoInstalled, startMosquitto} from '../../support/mosquitto.js';
import {endpointOf, WireClient} from '../../support/wire-client.js';

const topic = encodeTopic('a');
const payload = Buffer.from('x');
const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

describe.skipIf(!mosquittoInstalled())('with a broker', () => {
  let broker: Awaited<ReturnType<typeof startMosquitto>>;

  beforeAll(async () => {
    broker = await startMosquitto();
  });

  afterAll(() => broker[Symbol.asyncDispose]());

  it('leaves its will when it is cut, and none when it ends, unless it asks for it', async () => {
    using listener = await WireClient.connect(broker.url, {clientId: 'heir'});
    listener.client.subscribe([{topic: 'will/#', qos: 1}]);
    await listener.next('subscribed');
    const leaves = async (name: string, leave: (wire: WireClient) => void): Promise<void> => {
      const will = {topic: `will/${name}`, payload: Buffer.from(name), qos: 1 as const, retain: false};
      const wire = await WireClient.connect(broker.url, {clientId: name, protocolVersion: 5, will});
      leave(wire);
      await wire.next('ended');
    };
    await leaves('in order', ({client}) => client.end());
    await leaves('with a will', ({client}) => client.end(4));
    await leaves('cut', ({client}) => client.destroy());
    expect((await listener.next('message')).topic).toBe('will/with a will');
    expect((await listener.next('message')).topic).toBe('will/cut');
  });

  it('goes on with its session', async () => {
    for (const protocolVersion of [4, 5] as const) {
      const changes = {
        clientId: `stays-${protocolVersion}`,
        protocolVersion,
        cleanStart: false,
        connectProperties: {sessionExpiryInterval: 60},
      };
      using stays = await WireClient.connect(broker.url, changes);
      using sender = await WireClient.connect(broker.url, {clientId: 'sender', protocolVersion});
      stays.client.subscribe([{topic: 'a', qos: 2}]);
      await stays.next('subscribed');
      stays.client.destroy();
      await stays.next('ended');
      sender.client.writePublish(topic, 2, payload, {packetId: sender.client.nextPacketId()});
      sender.client.flush();
      await sender.next('acknowledged');
      expect((await stays.open()).connack.sessionPresent).toBe(true);
      expect((await stays.next('message')).details.qos).toBe(2);
    }
  });

  it('says goodbye after all it wrote', async () => {
    using listener = await WireClient.connect(broker.url, {clientId: 'listener'});
    listener.client.subscribe([{topic: 'a', qos: 0}]);
    await listener.next('subscribed');
    using sender = await WireClient.connect(broker.url, {clientId: 'sender'});
    for (let number = 0; number < 2000; number++) sender.client.writePublish(topic, 0, Buffer.alloc(500), {});
    sender.client.end();
    await sender.next('ended');
    expect(sender.told.map(({what}) => what)).toEqual(['opened']);
    await until(() => listener.count('message') === 2000, '2000 messages');
  });
});

it('delivers a message of QoS 2 once, however often it comes', async () => {
  await using broker = await startFakeBroker();
  using wire = await WireClient.connect(broker.url);
  broker.send('34 06 00 01 61 00 05 78');
  await broker.expects('50 02 00 05');
  broker.send('3c 06 00 01 61 00 05 78');
  await broker.expects('50 02 00 05');
  broker.send('62 02 00 05');
  await broker.expects('70 02 00 05');
  expect(wire.count('message')).toBe(1);
  broker.send('34 06 00 01 61 00 05 78');
  await broker.expects('50 02 00 05');
  expect(wire.count('message')).toBe(2);
});

it('releases what was received instead of sending it again, on the next connection too', async () => {
  await using broker = await startFakeBroker('20 02 01 00');
  using wire = await WireClient.connect(broker.url, {cleanStart: false});
  const packetId = wire.client.nextPacketId();
  const repeated = {packetId, dup: true};
  wire.client.writePublish(topic, 2, payload, {packetId});
  wire.client.flush();
  await broker.expects('34 06 00 01 61 00 01 78');
  broker.sockets[0]!.resetAndDestroy();
  await wire.next('lost');
  await wire.open();
  wire.client.writePublish(topic, 2, payload, repeated);
  wire.client.flush();
  await broker.expects('3c 06 00 01 61 00 01 78');
  broker.send('50 02 00 01');
  await broker.expects('62 02 00 01');
  broker.sockets[1]!.resetAndDestroy();
  await wire.next('lost');
  await wire.open();
  expect(wire.client.nextPacketId()).toBe(2);
  wire.client.writePublish(topic, 2, payload, repeated);
  wire.client.flush();
  await broker.expects('62 02 00 01');
  broker.send('70 02 00 01');
  expect(await wire.next('acknowledged')).toEqual({what: 'acknowledged', packetId: 1, code: 0});
});

it('hears of a refused message, and starts anew when the broker forgot its session', async () => {
  await using broker = await startFakeBroker(CONNACK[5]);
  using wire = await WireClient.connect(broker.url, {protocolVersion: 5});
  for (const qos of [1, 2] as const)
    wire.client.writePublish(topic, qos, payload, {packetId: wire.client.nextPacketId()});
  wire.client.flush();
  await broker.expects('32 07 00 01 61 00 01 00 78 34 07 00 01 61 00 02 00 78');
  broker.send('40 03 00 01 97 50 04 00 02 87 00');
  expect((await wire.next('acknowledged')).code).toBe(0x97);
  expect((await wire.next('acknowledged')).code).toBe(0x87);
  wire.client.writePublish(topic, 1, payload, {packetId: wire.client.nextPacketId()});
  broker.sockets[0]!.destroy();
  await wire.next('lost');
  await wire.open();
  broker.send('40 02 00 03');
  expect((await wire.next('lost')).reason).toBe('protocol-error');
});

it('notices a broker that is silent: before the CONNACK, and after it, but not while it answers pings', async () => {
  await using mute = await startFakeBroker('');
  await using busy = await startFakeBroker();
  await using alive = await startFakeBroker(socket => {
    socket.write(bytesOf(CONNACK[4]));
    socket.on('data', () => socket.write(bytesOf('d0 00')));
  });
  using stays = await WireClient.connect(alive.url, {keepAliveSec: 1});
  using waits = new WireClient(await endpointOf(mute.url), {connectTimeoutMs: 300});
  using pings = new WireClient(await endpointOf(busy.url), {keepAliveSec: 1});
  waits.client.open();
  await pings.open();
  expect((await waits.next('lost')).reason).toBe('connect-timeout');
  expect((await pings.next('lost')).reason).toBe('keep-alive');
  expect(busy.received().equals(bytesOf('c0 00'))).toBe(true);
  await until(() => alive.received().equals(bytesOf('c0 00 c0 00')), 'two pings');
  expect(stays.client.connected).toBe(true);
});

it('keeps what the kernel cannot take yet, unchanged, and says when it is gone', async () => {
  await using broker = await startFakeBroker(socket => {
    socket.write(bytesOf(CONNACK[4]));
    socket.pause();
  });
  using wire = await WireClient.connect(broker.url);
  await using another = await startFakeBroker();
  using other = await WireClient.connect(another.url);
  const sent: Buffer[] = [];
  for (let number = 0; wire.client.writableLength < 2 ** 20; number++) {
    const message = Buffer.alloc(1000 + (number % 3) * 20_000, number);
    sent.push(message);
    wire.client.writePublish(topic, 0, message, {});
    if (number % 5 === 0) wire.client.flush();
    // Others use the same buffer meanwhile.
    other.client.writePublish(topic, 0, Buffer.alloc(300, 0xff), {});
  }
  wire.client.flush();
  expect(wire.count('drained')).toBe(0);
  broker.sockets[0]!.resume();
  await wire.next('drained');
  expect(wire.client.writableLength).toBe(0);
  const bodies = Buffer.concat(sent);
  await until(() => broker.received().length > bodies.length, 'everything');
  await until(() => payloadsOf(broker.received()).length === bodies.length, 'every payload');
  expect(sha256(payloadsOf(broker.received()))).toBe(sha256(bodies));
});

/** Of PUBLISHes of QoS 0 to the topic `a`. */
function payloadsOf(stream: Buffer): Buffer {
  const payloads: Buffer[] = [];
  for (let at = 0; at < stream.length; ) {
    let remaining = 0;
    let shift = 0;
    let bodyAt = at + 1;
    do {
      remaining |= (stream[bodyAt]! & 0x7f) << shift;
      shift += 7;
    } while (stream[bodyAt++]! > 0x7f);
    at = bodyAt + remaining;
    payloads.push(stream.subarray(bodyAt + 3, at));
  }
  return Buffer.concat(payloads);
}

it('does not read while it is paused, and reads everything afterwards', async () => {
  await using broker = await startFakeBroker();
  using wire = await WireClient.connect(broker.url);
  const [socket] = broker.sockets;
  wire.client.pause();
  let written = 0;
  const packet = Buffer.concat([bytesOf('30 83 80 04 00 01 61'), Buffer.alloc(65_536)]);
  while (socket!.writableLength < 2 ** 20) {
    socket!.write(packet);
    written++;
    await new Promise(resolve => setImmediate(resolve));
  }
  expect(wire.count('message')).toBe(0);
  wire.client.resume();
  await until(() => wire.count('message') === written, `${written} messages`);
});

it('tells nothing after it was ended', async () => {
  await using broker = await startFakeBroker(`${CONNACK[4]} 30 04 00 01 61 78 30 04 00 01 61 78`);
  using wire = new WireClient(await endpointOf(broker.url));
  const tell = wire.told.push.bind(wire.told);
  wire.told.push = (...items) => {
    if (items.some(({what}) => what === 'message')) wire.client.destroy();
    return tell(...items);
  };
  await wire.open();
  await wire.next('ended');
  expect(wire.told.map(({what}) => what)).toEqual(['opened', 'message']);
  wire.client.destroy();
  wire.client.end();
  expect(wire.client.writePublish(topic, 0, payload, {})).toBe(false);
  expect(wire.client.subscribe([{topic: 'a', qos: 0}])).toBe(0);
  expect(wire.told).toHaveLength(2);
});
