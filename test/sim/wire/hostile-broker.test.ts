import {expect, it} from 'vitest';
import {CONNACK, startFakeBroker} from '../../support/fake-broker.js';
import {endpointOf, WireClient} from '../../support/wire-client.js';

/** What a broker must not send: before the CONNACK, after it with MQTT 3.1.1, and after it with MQTT 5. */
const FIRST = {
  'no MQTT': '48 54 54 50 2f 31 2e 31 20 34 30 30 0d 0a',
  'a packet of 256 MiB': '20 ff ff ff 7f',
  'a remaining length of five bytes': '20 ff ff ff ff 01',
  'a message before the CONNACK': '30 04 00 01 61 78',
  'a PUBACK before the CONNACK': '40 02 00 01',
  'a CONNACK without a code': '20 01 00',
  'a CONNACK with reserved flags': '20 02 02 00',
  'a packet of type 0': '00 00',
};
const AFTER_4 = {
  'a second CONNACK': CONNACK[4],
  'a packet of 256 MiB': '32 ff ff ff 7f 00 01 61',
  'a PUBACK that nobody awaits': '40 02 00 07',
  'a PUBREC that nobody awaits': '50 02 00 07',
  'a PUBCOMP that nobody awaits': '70 02 00 07',
  'a PUBACK with flags': '42 02 00 07',
  'a PUBACK with a reason code': '40 03 00 07 00',
  'a PUBREL without its flag': '60 02 00 07',
  'a SUBACK that nobody awaits': '90 03 00 07 00',
  'an UNSUBACK that nobody awaits': 'b0 02 00 07',
  'a message of QoS 3': '36 06 00 01 61 00 01 78',
  'a message without a topic': '30 03 00 00 78',
  'a topic that is longer than its packet': '30 04 00 09 61 78',
  'a message of one byte': '30 01 00',
  'a packet id that is not there': '32 04 00 01 61 00',
  'packet id 0': '32 05 00 01 61 00 00',
  'a PINGRESP with a body': 'd0 01 00',
  'a PINGREQ': 'c0 00',
  'a CONNECT': '10 0c 00 04 4d 51 54 54 04 02 00 3c 00 00',
  'a SUBSCRIBE': '82 06 00 01 00 01 61 00',
  'a DISCONNECT': 'e0 00',
};
const AFTER_5 = {
  'properties that are longer than their packet': '30 05 00 01 61 7f 78',
  'properties whose length does not end': '30 07 00 01 61 ff ff ff ff',
  'a topic alias, which was not allowed': '30 07 00 00 03 23 00 01 78',
  'an AUTH': 'f0 00',
  'a SUBACK with broken properties': '90 05 00 07 7f 00 00',
};

it('ends a connection with a broker that breaks the protocol, and nothing else', async () => {
  const cases = [
    ...Object.entries(FIRST).map(([name, hex]) => ({name, hex, version: 4 as const})),
    ...Object.entries(AFTER_4).map(([name, hex]) => ({
      name,
      hex: `${CONNACK[4]} ${hex}`,
      version: 4 as const,
    })),
    ...Object.entries(AFTER_5).map(([name, hex]) => ({
      name,
      hex: `${CONNACK[5]} ${hex}`,
      version: 5 as const,
    })),
  ];
  for (const {name, hex, version} of cases) {
    await using broker = await startFakeBroker(hex);
    using wire = new WireClient(await endpointOf(broker.url), {protocolVersion: version});
    wire.client.open();
    expect((await wire.next('lost')).reason, name).toBe('protocol-error');
    expect(wire.client.connected, name).toBe(false);
  }
});

it('names why a broker ended the connection', async () => {
  for (const [version, hex, reason] of [
    [5, `${CONNACK[5]} e0 02 8b 00`, 'disconnect:server-shutting-down'],
    [5, `${CONNACK[5]} e0 01 8e`, 'disconnect:session-taken-over'],
    [5, `${CONNACK[5]} e0 02 f7 00`, 'protocol-error'],
  ] as const) {
    await using broker = await startFakeBroker(hex);
    using wire = new WireClient(await endpointOf(broker.url), {protocolVersion: version});
    wire.client.open();
    expect((await wire.next('lost')).reason).toBe(reason);
  }
  await using reset = await startFakeBroker(socket => socket.resetAndDestroy());
  using wire = new WireClient(await endpointOf(reset.url));
  wire.client.open();
  expect((await wire.next('lost')).reason).toBe('reset');
});

it('names every refusal', async () => {
  for (const [version, code, reason] of [
    [4, '01', 'unsupported-protocol-version'],
    [4, '02', 'client-id-not-valid'],
    [4, '03', 'server-unavailable'],
    [4, '04', 'bad-credentials'],
    [4, '05', 'not-authorized'],
    [4, '2a', '0x2a'],
    [5, '89', 'server-busy'],
    [5, '8a', 'banned'],
    [5, '9f', 'connection-rate-exceeded'],
  ] as const) {
    await using broker = await startFakeBroker(version === 4 ? `20 02 00 ${code}` : `20 03 00 ${code} 00`);
    using wire = new WireClient(await endpointOf(broker.url), {protocolVersion: version});
    wire.client.open();
    expect(await wire.next('refused')).toEqual({what: 'refused', reason, code: Number.parseInt(code, 16)});
  }
});

it('reads no packet after the one with which the connection ended', async () => {
  await using broker = await startFakeBroker(`${CONNACK[5]} e0 01 8b 30 05 00 01 61 00 78`);
  using wire = new WireClient(await endpointOf(broker.url), {protocolVersion: 5});
  wire.client.open();
  await wire.next('lost');
  expect(wire.told.map(({what}) => what)).toEqual(['opened', 'connected']);
});

it('keeps little of a packet that is promised and does not come', async () => {
  await using broker = await startFakeBroker(`${CONNACK[4]} 30 ff ff 7f 00 01 61`);
  using wire = await WireClient.connect(broker.url);
  const before = process.memoryUsage().arrayBuffers;
  broker.sockets[0]!.write(Buffer.alloc(1000));
  broker.send('00');
  wire.client.pause();
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(2 ** 20);
  expect(wire.client.connected).toBe(true);
});
