import {describe, expect, it} from 'vitest';
import {until} from '../support/deadline.js';
import {RawClient} from '../support/raw-client.js';
import {deviceLogin, serviceLogin, startGateway} from '../support/start-gateway.js';

const textOf = (payload: Uint8Array | string): string => Buffer.from(payload).toString();

describe('a device', () => {
  it.each([3, 4, 5] as const)(
    'is acknowledged once its telemetry is on disk (MQTT level %i)',
    async version => {
      await using gateway = await startGateway();
      await using device = await gateway.connect({clientId: 'pump-7'}, version);

      device.send({
        cmd: 'publish',
        topic: 'me/telemetry/motor',
        qos: 1,
        messageId: 7,
        payload: '{"ts":5,"v":{"rpm":3}}',
      });

      expect((await device.next('puback')).messageId).toBe(7);
      const event = (await gateway.events()).find(({type}) => type === 'telemetry')!;
      expect(event).toMatchObject({tenant: 'default', device: 'pump-7', component: 'motor', timeMs: 5});
      expect(textOf(event.payload)).toBe('{"ts":5,"v":{"rpm":3}}');
    },
  );

  it('may publish at QoS 0 and 2 too, and a repeated QoS 2 packet is one event', async () => {
    await using gateway = await startGateway();
    await using device = await gateway.connect({clientId: 'pump-7', clean: false});
    device.send({cmd: 'publish', topic: 't/default/d/pump-7/telemetry', payload: '{"a":1}'});

    for (const dup of [false, true]) {
      device.send({cmd: 'publish', topic: 'me/telemetry', qos: 2, messageId: 9, dup, payload: '{"a":2}'});
      await device.next('pubrec');
    }
    device.send({cmd: 'pubrel', messageId: 9});
    await device.next('pubcomp');

    const told = (await gateway.events()).filter(({type}) => type === 'telemetry');
    expect(told.map(({payload}) => textOf(payload))).toEqual(['{"a":1}', '{"a":2}']);
  });

  it('has what cannot be decoded kept, with the raw bytes and the reason', async () => {
    await using gateway = await startGateway();
    await using device = await gateway.connect({clientId: 'pump-7'});
    device.send({
      cmd: 'publish',
      topic: 'me/telemetry',
      qos: 1,
      messageId: 1,
      payload: Buffer.from([0xff, 0]),
    });
    await device.next('puback');

    const event = await gateway.event('undecodable');
    expect(event).toMatchObject({contentType: 'application/octet-stream', attributes: {reason: 'not UTF-8'}});
    expect([...event.payload]).toEqual([0xff, 0]);
  });

  it('tells its connection and its end as events', async () => {
    await using gateway = await startGateway();
    {
      await using device = await gateway.connect({clientId: 'anything'});
      device.send({cmd: 'disconnect'});
      await device.end();
    }
    const connected = await gateway.event('device.connected');
    const gone = await gateway.event('device.disconnected');
    expect(JSON.parse(textOf(gone.payload))).toEqual({reason: 'client'});
    expect(gone.attributes?.sessionid).toBe(connected.attributes?.sessionid);
    expect(Number(gone.attributes?.sessionversion)).toBeGreaterThan(
      Number(connected.attributes?.sessionversion),
    );
  });

  it('is taken over by its own next connection, and the reason says so', async () => {
    await using gateway = await startGateway();
    await using first = await gateway.connect({clientId: 'one'}, 5);
    await using second = await gateway.connect({clientId: 'two'}, 5);

    expect((await first.next('disconnect')).reasonCode).toBe(0x8e);
    await first.end();
    const gone = await gateway.event('device.disconnected');
    expect(JSON.parse(textOf(gone.payload))).toEqual({reason: 'takeover'});
    second.send({cmd: 'pingreq'});
    await second.next('pingresp');
  });

  it('gets a command under the name that it subscribed to, and its PUBACK is the delivery', async () => {
    await using gateway = await startGateway();
    await using device = await gateway.connect({clientId: 'pump-7'});
    expect(await device.subscribe('me/cmd/#')).toEqual([1]);
    await until(() => gateway.told.ready.length > 0, 'the device to be ready for commands');

    const delivery = {
      tenant: 'default',
      device: 'pump-7',
      via: [],
      id: 'c1',
      name: 'reboot',
      payload: '{"in":5}',
    };
    expect(gateway.gateway.devices.deliver(delivery)).toBe('sent');
    const {topic, payload, messageId} = await device.next('publish');
    expect([topic, textOf(payload)]).toEqual(['me/cmd/c1/reboot', '{"in":5}']);
    expect(gateway.told.delivered).toEqual([]);
    device.send({cmd: 'puback', messageId});
    await until(() => gateway.told.delivered.length > 0, 'the delivery');
    expect(gateway.told.delivered).toEqual(['c1']);
  });

  it('that is taken over before its PUBACK leaves the command undelivered, and control is told', async () => {
    await using gateway = await startGateway();
    await using device = await gateway.connect({clientId: 'one'});
    await device.subscribe('me/cmd/#');
    const delivery = {tenant: 'default', device: 'pump-7', via: [], id: 'c1', name: 'reboot', payload: '{}'};
    expect(gateway.gateway.devices.deliver(delivery)).toBe('sent');
    await device.next('publish');
    await using _second = await gateway.connect({clientId: 'two'});
    await until(() => gateway.told.undelivered.length > 0, 'the undelivered command');
    expect(gateway.told).toMatchObject({undelivered: ['c1'], delivered: []});
  });

  it('that did not subscribe gets no command', async () => {
    await using gateway = await startGateway();
    await using _device = await gateway.connect({clientId: 'pump-7'});
    const delivery = {tenant: 'default', device: 'pump-7', via: [], id: 'c1', name: 'reboot', payload: '{}'};
    expect(gateway.gateway.devices.deliver(delivery)).toBe('offline');
  });

  it('has a will that is an event of its own status', async () => {
    await using gateway = await startGateway();
    {
      const will = {topic: 'me/status', payload: Buffer.from('{"online":false}'), qos: 1, retain: true};
      await using device = await gateway.connect({clientId: 'pump-7', will});
      device.socket.resetAndDestroy();
    }
    expect(textOf((await gateway.event('status')).payload)).toBe('{"online":false}');
  });

  it('that is at two addresses at once is told of as a conflict', async () => {
    await using gateway = await startGateway();
    const login = {clientId: 'pump-7', ...deviceLogin('pump-7')};
    const clients: RawClient[] = [];
    for (const address of ['127.0.0.2', '127.0.0.3', '127.0.0.2', '127.0.0.3'])
      clients.push(await RawClient.connect(gateway.port, login, 4, address));
    const {device, payload} = await gateway.event('device.conflict');
    expect({device, ...JSON.parse(textOf(payload))}).toEqual({
      device: 'pump-7',
      addresses: ['127.0.0.2', '127.0.0.3'],
      switches: 3,
    });
    for (const client of clients) await client[Symbol.asyncDispose]();
  });

  it('learns on its error topic why a message was refused', async () => {
    await using gateway = await startGateway();
    await using device = await gateway.connect({clientId: 'pump-7'});
    await device.subscribe('me/error');
    device.send({cmd: 'publish', topic: 't/default/d/pump-8/telemetry', qos: 1, messageId: 3, payload: '{}'});

    const [one, other] = [await device.any(), await device.any()];
    const told = [one, other].find(packet => packet?.cmd === 'publish') as {topic: string; payload: Buffer};
    expect(told.topic).toBe('me/error');
    expect(JSON.parse(textOf(told.payload))).toMatchObject({
      topic: 't/default/d/pump-8/telemetry',
      code: 'IOT_FORBIDDEN',
    });
    expect((await gateway.events()).filter(({type}) => type === 'telemetry')).toEqual([]);
  });
});

describe('an application', () => {
  it('that may read telemetry gets what devices say', async () => {
    await using gateway = await startGateway();
    await using reader = await gateway.connect({clientId: 'r1', ...serviceLogin('reader')});
    expect(await reader.subscribe('t/default/d/+/telemetry')).toEqual([1]);
    await using device = await gateway.connect({clientId: 'pump-7', ...deviceLogin('pump-7')});
    device.send({cmd: 'publish', topic: 'me/telemetry', qos: 1, messageId: 1, payload: '{"a":1}'});

    const {topic, payload} = await reader.next('publish');
    expect([topic, textOf(payload)]).toEqual(['t/default/d/pump-7/telemetry', '{"a":1}']);
  });

  it('keeps its session, its queue and what is retained over a restart', async () => {
    await using first = await startGateway();
    const app = serviceLogin('app');
    {
      await using away = await first.connect({clientId: 'away', clean: false, ...app});
      await away.subscribe('t/default/x/orders');
    }
    await using sender = await first.connect({clientId: 'sender', ...app});
    sender.send({cmd: 'publish', topic: 't/default/x/orders', qos: 1, messageId: 1, payload: 'one'});
    await sender.next('puback');
    sender.send({
      cmd: 'publish',
      topic: 't/default/x/state',
      qos: 1,
      messageId: 2,
      retain: true,
      payload: 'kept',
    });
    await sender.next('puback');
    await first.stop();

    await using second = await startGateway(first.home);
    await using back = await second.connect({clientId: 'away', clean: false, ...app});
    expect(textOf((await back.next('publish')).payload)).toBe('one');
    expect(await back.subscribe('t/default/x/state')).toEqual([1]);
    expect(textOf((await back.next('publish')).payload)).toBe('kept');
  });
});
