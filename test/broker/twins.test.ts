/** Desired documents on their way to devices, and what devices report of themselves. */
import type {IPublishPacket} from 'mqtt-packet';
import {describe, expect, it} from 'vitest';
import {until} from '../support/deadline.js';
import type {RawClient} from '../support/raw-client.js';
import {deviceLogin, serviceLogin, startGateway} from '../support/start-gateway.js';
import {startTwins} from '../support/start-twins.js';

const textOf = ({payload}: IPublishPacket): string => Buffer.from(payload).toString();

/** The next message, acknowledged where it asks for that. */
async function heard(client: RawClient): Promise<[string, unknown]> {
  const packet = await client.next('publish');
  if (packet.messageId !== undefined) client.send({cmd: 'puback', messageId: packet.messageId});
  return [packet.topic, JSON.parse(textOf(packet))];
}

const report = (client: RawClient, body: unknown, more: object = {}): void =>
  client.send({
    cmd: 'publish',
    topic: 'me/twin/reported',
    qos: 1,
    messageId: 7,
    payload: JSON.stringify(body),
    ...more,
  });

describe.each([4, 5] as const)('MQTT level %i: a device', version => {
  it('hears the whole desired document when it subscribes, and then each change of it', async () => {
    await using twins = await startTwins();
    await using device = await twins.gateway.connect({}, version);
    expect(await device.subscribe('me/twin/desired')).toEqual([1]);
    expect(await heard(device)).toEqual(['me/twin/desired', {version: 0, desired: {}}]);
    await twins.desire('pump-7', {interval: 30, door: {locked: true}});
    await twins.desire('pump-7', {interval: 60, door: {locked: null}});
    // A change that changes nothing is none, and is not sent.
    await twins.desire('pump-7', {interval: 60});
    await twins.change('pump-7', {section: 'desired', replace: true, document: {mode: 'eco'}});
    expect(await heard(device)).toEqual([
      'me/twin/desired',
      {from: 0, to: 1, patch: {interval: 30, door: {locked: true}}},
    ]);
    expect(await heard(device)).toEqual([
      'me/twin/desired',
      {from: 1, to: 2, patch: {interval: 60, door: {locked: null}}},
    ]);
    expect(await heard(device)).toEqual([
      'me/twin/desired',
      {from: 2, to: 3, patch: {interval: null, door: null, mode: 'eco'}},
    ]);
    // It asks, with each QoS.
    for (const qos of [0, 1, 2]) {
      device.send({cmd: 'publish', topic: 'me/twin/get', qos, messageId: 3, payload: ''});
      const packets = [];
      for (let count = qos === 0 ? 1 : 2; count > 0; count--) packets.push((await device.any())!);
      if (qos === 2) {
        device.send({cmd: 'pubrel', messageId: 3});
        await device.next('pubcomp');
      }
      const told = packets.find(packet => packet.cmd === 'publish')!;
      expect(textOf(told)).toBe('{"version":3,"desired":{"mode":"eco"}}');
      device.send({cmd: 'puback', messageId: told.messageId});
    }
    expect(twins.faults).toEqual([]);
  });

  it('hears it again when its session is resumed, without subscribing', async () => {
    await using twins = await startTwins();
    const session = {
      clean: false,
      clientId: 'pump-7',
      ...(version === 5 ? {properties: {sessionExpiryInterval: 60}} : {}),
    };
    await using device = await twins.gateway.connect(session, version);
    await device.subscribe('t/default/d/pump-7/twin/desired');
    await heard(device);
    device.socket.destroy();
    await twins.desire('pump-7', {interval: 30});
    await using again = await twins.gateway.connect(session, version);
    expect(await heard(again)).toEqual([
      't/default/d/pump-7/twin/desired',
      {version: 1, desired: {interval: 30}},
    ]);
  });

  it('reports, acknowledges and rejects, and is told what was refused', async () => {
    await using twins = await startTwins();
    await using device = await twins.gateway.connect({}, version);
    await device.subscribe('me/error');
    await twins.desire('pump-7', {interval: 30});
    report(device, {interval: 10, fw: '1.4'});
    await device.next('puback');
    report(device, {fw: null, $ack: {version: 1, status: 'rejected', reason: 'too fast'}});
    await device.next('puback');
    await until(async () => (await twins.get('pump-7')).state === 'rejected', 'the rejection');
    expect(await twins.get('pump-7')).toMatchObject({
      reported: {version: 2, properties: {interval: 10}},
      delta: {interval: 30},
      acknowledged: {version: 1, status: 'rejected', reason: 'too fast'},
    });
    report(device, {'a.b': 1});
    await device.next('puback');
    expect(await heard(device)).toEqual([
      'me/error',
      {topic: 'me/twin/reported', code: 'IOT_TWIN_LIMIT', detail: expect.stringContaining('the key "a.b"')},
    ]);
    expect((await twins.registry.outbox.next(9)).map(({event}) => event.type)).toEqual([
      'twin.desired_changed',
      'twin.refused',
    ]);
    expect((await twins.get('pump-7')).reported.version).toBe(2);
  });
});

it('a field gateway hears and reports for its child, and for no other', async () => {
  await using twins = await startTwins();
  await using gateway = await twins.gateway.connect({});
  expect(await gateway.subscribe('me/d/+/twin/desired', 'me/d/+/error')).toEqual([1, 1]);
  expect(await heard(gateway)).toEqual(['me/d/sensor-1/twin/desired', {version: 0, desired: {}}]);
  await twins.desire('pump-7', {own: true});
  await twins.desire('pump-8', {foreign: true});
  await twins.desire('sensor-1', {interval: 5});
  expect(await heard(gateway)).toEqual([
    'me/d/sensor-1/twin/desired',
    {from: 0, to: 1, patch: {interval: 5}},
  ]);
  report(gateway, {interval: 5}, {topic: 'me/d/sensor-1/twin/reported'});
  await gateway.next('puback');
  await until(async () => (await twins.get('sensor-1')).state === 'in-sync', 'the report');
  expect((await twins.get('sensor-1')).reported.metadata).toMatchObject({
    interval: {$by: 'device via pump-7'},
  });
  report(gateway, [], {topic: 'me/d/sensor-1/twin/reported'});
  await gateway.next('puback');
  expect(await heard(gateway)).toEqual([
    'me/d/sensor-1/error',
    {topic: 'me/d/sensor-1/twin/reported', code: 'IOT_TWIN_LIMIT', detail: 'not an object'},
  ]);
  // The child does not list it any more.
  const {children: _children, ...alone} = twins.gateway.devices.get('default/pump-7')!;
  twins.gateway.devices.set('default/pump-7', alone);
  await twins.gateway.gateway.standing.identityChanged({tenant: 'default', name: 'pump-7', usable: true});
  await twins.desire('sensor-1', {interval: 6});
  gateway.send({cmd: 'pingreq'});
  await gateway.next('pingresp');
  // And again.
  twins.gateway.devices.set('default/pump-7', {...alone, children: new Map([['sensor-1', undefined]])});
  await twins.gateway.gateway.standing.identityChanged({tenant: 'default', name: 'pump-7', usable: true});
  await twins.desire('sensor-1', {interval: 7});
  expect(await heard(gateway)).toEqual(['me/d/sensor-1/twin/desired', {version: 3, desired: {interval: 7}}]);
});

it('a child that comes later is heard of without subscribing again', async () => {
  await using gateway = await startGateway();
  await using device = await gateway.connect({});
  await device.subscribe('me/d/+/twin/desired');
  const pump = gateway.devices.get('default/pump-7')!;
  gateway.devices.set('default/pump-7', {...pump, children: new Map([['sensor-9', undefined]])});
  await gateway.gateway.standing.identityChanged({tenant: 'default', name: 'pump-7', usable: true});
  expect(gateway.told.wanted).toEqual(['sensor-9']);
});

describe('whatever the order in which it learns of them, the gateway sends', () => {
  const of = {tenant: 'default', device: 'pump-7', generation: 'g1', via: []};
  const whole = (version: number, generation = 'g1') => ({
    ...of,
    generation,
    version,
    desired: `{"v":${version}}`,
  });
  const patch = (from: number, to: number) => ({...of, from, to, patch: `{"v":${to}}`});

  const start = async () => {
    const gateway = await startGateway();
    const device = await gateway.connect({});
    await device.subscribe('me/twin/desired');
    await until(() => gateway.told.wanted.length === 1, 'the wish');
    return {gateway, device, twins: gateway.gateway.twins, wanted: gateway.told.wanted};
  };

  it('nothing before the whole document, and one of which it heard a newer version is asked for again', async () => {
    const {gateway, device, twins, wanted} = await start();
    await using _ = gateway;
    await using __ = device;
    twins.patch(patch(1, 2));
    twins.whole(whole(1));
    expect(await heard(device)).toEqual(['me/twin/desired', {version: 1, desired: {v: 1}}]);
    expect(wanted).toHaveLength(2);
    twins.whole(whole(2));
    expect(await heard(device)).toEqual(['me/twin/desired', {version: 2, desired: {v: 2}}]);
    twins.patch(patch(2, 3));
    expect(await heard(device)).toMatchObject([expect.anything(), {from: 2, to: 3}]);
    expect(wanted).toHaveLength(2);
  });

  it('no patch over a gap, and no older version after a newer one', async () => {
    const {gateway, device, twins, wanted} = await start();
    await using _ = gateway;
    await using __ = device;
    twins.whole(whole(5));
    expect(await heard(device)).toMatchObject([expect.anything(), {version: 5}]);
    twins.patch(patch(6, 7));
    twins.patch(patch(5, 6));
    twins.patch(patch(3, 4));
    expect(wanted).toHaveLength(2);
    twins.whole(whole(7));
    expect(await heard(device)).toMatchObject([expect.anything(), {version: 7}]);
    twins.whole(whole(6));
    twins.patch(patch(7, 8));
    expect(await heard(device)).toMatchObject([expect.anything(), {from: 7, to: 8}]);
  });

  it('no more than a few to who acknowledges nothing, and then the newest', async () => {
    const {gateway, device, twins, wanted} = await start();
    await using _ = gateway;
    await using __ = device;
    twins.whole(whole(0));
    for (let to = 1; to <= 100; to++) twins.patch(patch(to - 1, to));
    const packets: IPublishPacket[] = [];
    device.send({cmd: 'pingreq'});
    for (let packet = await device.any(); packet?.cmd === 'publish'; packet = await device.any())
      packets.push(packet);
    expect(packets).toHaveLength(16);
    expect(wanted).toHaveLength(1);
    device.send({cmd: 'puback', messageId: packets[0]!.messageId});
    await until(() => wanted.length === 2, 'the wish');
    twins.whole(whole(100));
    expect(await heard(device)).toEqual(['me/twin/desired', {version: 100, desired: {v: 100}}]);
  });

  it('another device of the same name everything from the beginning', async () => {
    const {gateway, device, twins} = await start();
    await using _ = gateway;
    await using __ = device;
    twins.whole(whole(5));
    await heard(device);
    device.send({cmd: 'publish', topic: 'me/twin/get', payload: ''});
    await until(() => gateway.told.wanted.length === 2, 'the wish');
    twins.whole(whole(0, 'g2'));
    expect(await heard(device)).toMatchObject([expect.anything(), {version: 0}]);
  });
});

it('what is larger than a device takes is dropped with an event, and asked for no more', async () => {
  await using gateway = await startGateway();
  await using device = await gateway.connect({properties: {maximumPacketSize: 100}}, 5);
  await device.subscribe('me/twin/desired');
  await until(() => gateway.told.wanted.length === 1, 'the wish');
  const of = {tenant: 'default', device: 'pump-7', generation: 'g1', via: []};
  gateway.gateway.twins.whole({...of, version: 1, desired: `{"a":"${'x'.repeat(200)}"}`});
  expect(await gateway.event('message.dropped')).toMatchObject({device: 'pump-7'});
  gateway.gateway.twins.patch({...of, from: 1, to: 2, patch: '{"a":null}'});
  expect(await heard(device)).toEqual(['me/twin/desired', {from: 1, to: 2, patch: {a: null}}]);
  expect(gateway.told.wanted).toHaveLength(1);
});

it('a device that is kept out hears nothing more, nor does another device or an application', async () => {
  await using twins = await startTwins();
  await using other = await twins.gateway.connect({...deviceLogin('pump-8')});
  expect(await other.subscribe('t/default/d/pump-7/twin/desired')).toEqual([128]);
  await using app = await twins.gateway.connect({...serviceLogin('reader')});
  expect(await app.subscribe('t/default/d/+/twin/desired')).toEqual([128]);
  await using device = await twins.gateway.connect({});
  await device.subscribe('me/twin/desired');
  await heard(device);
  await twins.gateway.revoke('pump-7');
  await twins.desire('pump-7', {interval: 30});
  await device.end();
  expect(device.received.filter(({cmd}) => cmd === 'publish')).toEqual([]);
});

it('what a device reports against its model is kept, and marked', async () => {
  await using gateway = await startGateway(
    undefined,
    {},
    {
      registry({devices, models}) {
        const pump = devices.get('default/pump-7')!;
        devices.set('default/pump-7', {...pump, model: {name: 'pump', version: 1}});
        models.set('default/pump@1', {
          model: 'pump',
          version: 1,
          properties: {interval: {type: 'integer', max: 60}},
        });
      },
    },
  );
  await using device = await gateway.connect({});
  report(device, {interval: 90, colour: 'red', $ack: {version: 0, status: 'applied'}});
  await device.next('puback');
  expect(await gateway.event('twin.reported')).toMatchObject({
    attributes: {
      dataschema: 'urn:iotctl:default:pump:1',
      modelfault: 'out-of-range:interval,unknown-property:colour',
    },
  });
  expect(gateway.gateway.takeTellings().faults.map(({fault}) => fault)).toEqual([
    'out-of-range:interval',
    'unknown-property:colour',
  ]);
});
