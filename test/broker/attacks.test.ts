/** What someone with a socket, and perhaps one device's secret, can try. */
import {once} from 'node:events';
import {describe, expect, it} from 'vitest';
import {WebSocket} from 'ws';
import {until} from '../support/deadline.js';
import {RawClient} from '../support/raw-client.js';
import {deviceLogin, serviceLogin, startGateway} from '../support/start-gateway.js';

type Fields = Record<string, unknown>;

/** CONNECT, and the code of the answer; undefined when there was none. */
async function answerTo(port: number, fields: Fields, version: 3 | 4 | 5 = 4): Promise<number | undefined> {
  await using client = await RawClient.open(port, version);
  client.send({
    cmd: 'connect',
    protocolId: 'MQTT',
    protocolVersion: version,
    clean: true,
    clientId: 'c',
    keepalive: 30,
    ...fields,
  });
  const answer = (await client.any()) as {returnCode?: number; reasonCode?: number} | undefined;
  return version === 5 ? answer?.reasonCode : answer?.returnCode;
}

const will = (topic: string) => ({will: {topic, payload: Buffer.from('x'), qos: 0, retain: false}});

describe('CONNECT', () => {
  it.each<[string, Fields, number]>([
    ['an unknown device', deviceLogin('nobody'), 4],
    ['a wrong secret', {...deviceLogin('pump-7'), password: Buffer.from('wrong')}, 4],
    ['no user name', {}, 4],
    ['a user name that is not one', {username: 'pump-7', password: Buffer.from('x')}, 4],
    ['a device of another tenant with this secret', deviceLogin('pump-7', 'nowhere'), 4],
    ['a device with the secret of a token', {...deviceLogin('pump-7'), ...serviceLogin('pump-7')}, 4],
    ['the session of another device as client id', {...deviceLogin('pump-8'), clientId: 'default:pump-7'}, 5],
    ['the name of another device as client id', {...deviceLogin('pump-8'), clientId: 'pump-7'}, 5],
    ['a will in another tenant', {...deviceLogin('pump-7'), ...will('t/other/d/pump-7/status')}, 5],
    ['a will of another device', {...deviceLogin('pump-7'), ...will('t/default/d/pump-8/status')}, 5],
    ['a will that is not the status', {...deviceLogin('pump-7'), ...will('me/telemetry')}, 5],
    ['a will in $SYS', {...deviceLogin('pump-7'), ...will('$SYS/x')}, 5],
    [
      'an application’s will outside of its topics',
      {...serviceLogin('app'), ...will('t/default/d/pump-7/status')},
      5,
    ],
    ['the client id __proto__', {...deviceLogin('pump-7'), clientId: '__proto__'}, 2],
    ['the client id constructor', {...deviceLogin('pump-7'), clientId: 'constructor'}, 2],
  ])('with %s is refused', async (_what, fields, code) => {
    await using gateway = await startGateway();
    await using owner = await gateway.connect({clientId: 'pump-7'});
    expect(await answerTo(gateway.port, fields)).toBe(code);
    expect((await gateway.event('connection.refused')).payload.byteLength).toBeGreaterThan(0);
    owner.send({cmd: 'pingreq'});
    await owner.next('pingresp');
  });

  it.each<[string, Fields, number]>([
    ['a wrong secret', {...deviceLogin('pump-7'), password: Buffer.from('wrong')}, 0x86],
    ['a will of another device', {...deviceLogin('pump-7'), ...will('t/default/d/pump-8/status')}, 0x87],
    ['the client id __proto__', {...deviceLogin('pump-7'), clientId: '__proto__'}, 0x85],
  ])('of MQTT 5 with %s is told why', async (_what, fields, code) => {
    await using gateway = await startGateway();
    expect(await answerTo(gateway.port, fields, 5)).toBe(code);
  });

  it.each([
    ['a session expiry without a value', '100f00044d5154540502000a0111000170'],
    ['malformed UTF-8 in the client id', '100e00044d5154540402003c0002c080'],
    ['a declared length of 256 MB', '10ffffff7f00044d515454'],
    ['a length of five bytes', '10ffffffff7f'],
    ['HTTP', Buffer.from('GET / HTTP/1.1\r\n\r\n').toString('hex')],
    ['a TLS hello', '160301020001000001fc0303'],
    ['PUBLISH first', '300600017461'],
  ])('with %s ends the connection at once', async (_what, hex) => {
    await using gateway = await startGateway();
    await using client = await gateway.open();
    client.sendBytes(hex);
    await client.end();
    await using next = await gateway.connect({clientId: 'pump-7'});
    next.send({cmd: 'pingreq'});
    await next.next('pingresp');
  });

  it('with an empty client id needs a clean session', async () => {
    await using gateway = await startGateway();
    await using client = await gateway.open();
    client.sendBytes('100c 00044d515454 04 00 003c 0000');
    expect((await client.next('connack')).returnCode).toBe(2);
  });

  it('is limited to 16 KiB before authentication, on its header', async () => {
    await using gateway = await startGateway();
    await using client = await gateway.open();
    client.sendBytes('10 81 80 01');
    await client.end();
  });
});

describe('a connected device', () => {
  it.each([
    ['a PUBLISH with an empty response topic', 5, '3211 0005746f706963 04d2 03 080000 7061796c'],
    ['a second CONNECT', 4, '100d00044d5154540402003c000161'],
    ['a filter a/+b', 4, '820b 0001 0006 612f2b62 2f63 00'],
    ['a filter a#', 4, '8207 0001 0002 6123 00'],
    ['NUL in a topic', 4, '3005 0003 610062'],
    ['a PUBACK without a packet id', 4, '4000'],
    ['QoS 3', 4, '3606 0001 61 0001 78'],
    ['SUBSCRIBE with packet id 0', 4, '8206 0000 0001 61 00'],
    ['the filter __proto__', 4, '820e 0001 0009 5f5f70726f746f5f5f 00'],
    ['a PINGREQ with a body', 4, 'c00100'],
    ['a PUBLISH that declares 256 MB', 4, '32ffffff7f'],
    ['a topic of 10,000 levels', 4, `30924e 2710${'2f'.repeat(10_000)}`],
  ] as const)('that sends %s is cut off, and the gateway goes on', async (_what, version, hex) => {
    await using gateway = await startGateway();
    await using device = await gateway.connect({clientId: 'pump-7'}, version);
    device.sendBytes(hex);
    await device.end();
    await gateway.event('connection.closed');
    await using other = await gateway.connect({clientId: 'pump-8', ...deviceLogin('pump-8')});
    other.send({cmd: 'publish', topic: 'me/telemetry', qos: 1, messageId: 1, payload: '{}'});
    await other.next('puback');
  });

  it.each([
    '#',
    '+/#',
    't/+/d/#',
    't/default/+/pump-7/#',
    't/default/d/+/cmd/#',
    't/default/d/pump-8/cmd/#',
    't/other/d/pump-7/cmd/#',
    '/t/default',
    't//d',
    'T/default/d/pump-7/cmd/#',
    '$SYS/#',
    '$share/g/t/other/#',
    't/default/x/#',
    'me/telemetry',
  ])('may not subscribe to %s', async filter => {
    await using gateway = await startGateway();
    await using device = await gateway.connect({clientId: 'pump-7'});
    expect(await device.subscribe(filter)).toEqual([0x80]);
    await gateway.event('subscribe.refused');
  });

  it.each([
    't/default/d/pump-8/telemetry',
    't/other/d/pump-7/telemetry',
    't/default/x/a',
    'telemetry',
    '$SYS/x',
    'me/../pump-8/telemetry',
  ])('may not publish to %s', async topic => {
    await using gateway = await startGateway();
    await using device = await gateway.connect({clientId: 'pump-7'}, 5);
    device.send({cmd: 'publish', topic, qos: 1, messageId: 1, payload: '{}'});
    expect((await device.next('puback')).reasonCode).toBe(0x87);
    await gateway.event('publish.refused');
    expect((await gateway.events()).map(({type}) => type)).not.toContain('telemetry');
  });

  it('never gets what a denied filter of the same SUBSCRIBE asked for, not after a reconnect either', async () => {
    await using gateway = await startGateway();
    const session = {clientId: 'r', clean: false, ...serviceLogin('app')};
    {
      await using app = await gateway.connect(session);
      expect(await app.subscribe('t/default/x/mine', 't/other/x/theirs')).toEqual([1, 0x80]);
    }
    await using theirs = await gateway.connect({clientId: 's', ...serviceLogin('app', 'other')});
    theirs.send({cmd: 'publish', topic: 't/other/x/theirs', qos: 1, messageId: 1, payload: 'secret'});
    await theirs.next('puback');
    await using mine = await gateway.connect({clientId: 's', ...serviceLogin('app')});
    mine.send({cmd: 'publish', topic: 't/default/x/mine', qos: 1, messageId: 1, payload: 'marker'});
    await mine.next('puback');

    await using back = await gateway.connect(session);
    expect((await back.next('publish')).topic).toBe('t/default/x/mine');
  });

  it('gets nothing retained by another tenant', async () => {
    await using gateway = await startGateway();
    await using theirs = await gateway.connect({clientId: 's', ...serviceLogin('app', 'other')});
    theirs.send({
      cmd: 'publish',
      topic: 't/other/x/a',
      qos: 1,
      messageId: 1,
      retain: true,
      payload: 'secret',
    });
    await theirs.next('puback');
    await using app = await gateway.connect({clientId: 'r', ...serviceLogin('app')});
    expect(await app.subscribe('t/+/x/a', 't/other/x/a', '#')).toEqual([0x80, 0x80, 0x80]);
    app.send({cmd: 'pingreq'});
    await app.next('pingresp');
  });

  it('is cut off at once when it is disabled, and its will is not published', async () => {
    await using gateway = await startGateway();
    await using device = await gateway.connect({clientId: 'pump-7', ...will('me/status')});
    await gateway.revoke('pump-7');
    await device.end();
    expect(JSON.parse(Buffer.from((await gateway.event('device.disconnected')).payload).toString())).toEqual({
      reason: 'kicked',
    });
    expect(await answerTo(gateway.port, deviceLogin('pump-7'))).toBe(5);
    expect((await gateway.events()).map(({type}) => type)).not.toContain('status');
  });

  it('holds a hundred subscriptions and no more', async () => {
    await using gateway = await startGateway();
    await using app = await gateway.connect({clientId: 'many', ...serviceLogin('app')});
    const granted = await app.subscribe(...Array.from({length: 110}, (_, index) => `t/default/x/${index}`));
    expect(granted.filter(code => code === 1)).toHaveLength(100);
  });

  it('that does not read is shed, while another gets everything', async () => {
    await using gateway = await startGateway();
    await using slow = await gateway.connect({clientId: 'slow', ...serviceLogin('app')});
    slow.send({cmd: 'subscribe', messageId: 1, subscriptions: [{topic: 't/default/x/#', qos: 0}]});
    await slow.next('suback');
    slow.socket.pause();
    await using fast = await gateway.connect({clientId: 'fast', ...serviceLogin('app')});
    fast.send({cmd: 'subscribe', messageId: 1, subscriptions: [{topic: 't/default/x/#', qos: 0}]});
    await fast.next('suback');
    await using sender = await gateway.connect({clientId: 'sender', ...serviceLogin('app')});
    const payload = Buffer.alloc(20_000, 1);
    // In portions that one may leave unread, so that a slow machine's reader is not shed, too.
    for (let portion = 0; portion < 75; portion++) {
      for (let index = 0; index < 20; index++)
        sender.send({cmd: 'publish', topic: 't/default/x/big', payload});
      for (let index = 0; index < 20; index++) await fast.next('publish');
    }
    await gateway.event('message.dropped');
    expect(gateway.gateway.report().droppedTotal).toBeGreaterThan(0);
  });
});

describe('MQTT 5', () => {
  it('delivers what was queued to a session that is resumed without an expiry', async () => {
    await using gateway = await startGateway();
    const app = {clientId: 'v5', ...serviceLogin('app')};
    {
      await using away = await gateway.connect({...app, properties: {sessionExpiryInterval: 60}}, 5);
      await away.subscribe('t/default/x/q');
    }
    await using sender = await gateway.connect({clientId: 's', ...serviceLogin('app')});
    sender.send({cmd: 'publish', topic: 't/default/x/q', qos: 1, messageId: 1, payload: 'lives'});
    await sender.next('puback');
    await using back = await gateway.connect({...app, clean: false}, 5);
    expect(Buffer.from((await back.next('publish')).payload).toString()).toBe('lives');
  });

  it('never sends a packet larger than the client takes, and the next one arrives', async () => {
    await using gateway = await startGateway();
    const properties = {maximumPacketSize: 200};
    await using small = await gateway.connect({clientId: 'small', ...serviceLogin('app'), properties}, 5);
    await small.subscribe('t/default/x/a');
    await using sender = await gateway.connect({clientId: 's', ...serviceLogin('app')});
    sender.send({cmd: 'publish', topic: 't/default/x/a', qos: 1, messageId: 1, payload: Buffer.alloc(500)});
    sender.send({cmd: 'publish', topic: 't/default/x/a', qos: 1, messageId: 2, payload: 'fits'});
    expect(Buffer.from((await small.next('publish')).payload).toString()).toBe('fits');
  });

  it('keeps to the client’s receive maximum', async () => {
    await using gateway = await startGateway();
    const properties = {receiveMaximum: 2};
    await using client = await gateway.connect({clientId: 'c', ...serviceLogin('app'), properties}, 5);
    await client.subscribe('t/default/x/a');
    await using sender = await gateway.connect({clientId: 's', ...serviceLogin('app')});
    for (const messageId of [1, 2, 3]) {
      sender.send({cmd: 'publish', topic: 't/default/x/a', qos: 1, messageId, payload: String(messageId)});
      await sender.next('puback');
    }
    const first = await client.next('publish');
    await client.next('publish');
    client.send({cmd: 'pingreq'});
    await client.next('pingresp');
    client.send({cmd: 'puback', messageId: first.messageId});
    expect(Buffer.from((await client.next('publish')).payload).toString()).toBe('3');
  });

  it('tells the client id that it chose', async () => {
    await using gateway = await startGateway();
    await using client = await RawClient.open(gateway.port, 5);
    const packet = {
      cmd: 'connect',
      protocolId: 'MQTT',
      protocolVersion: 5,
      clean: true,
      clientId: '',
      keepalive: 0,
    };
    client.send({...packet, ...deviceLogin('pump-7')});
    expect((await client.next('connack')).properties?.assignedClientIdentifier).toBe('pump-7');
  });

  it('resolves topic aliases', async () => {
    await using gateway = await startGateway();
    await using device = await gateway.connect({clientId: 'pump-7'}, 5);
    const publish = {cmd: 'publish', qos: 1, payload: '{}', properties: {topicAlias: 3}};
    device.send({...publish, topic: 'me/telemetry', messageId: 1});
    device.send({...publish, topic: '', messageId: 2});
    await device.next('puback');
    await device.next('puback');
    expect((await gateway.events()).filter(({type}) => type === 'telemetry')).toHaveLength(2);
  });
});

describe('redelivery', () => {
  it('is marked as such', async () => {
    await using gateway = await startGateway();
    const session = {clientId: 'd', clean: false, ...serviceLogin('app')};
    await using sender = await gateway.connect({clientId: 's', ...serviceLogin('app')});
    {
      await using client = await gateway.connect(session);
      await client.subscribe('t/default/x/a');
      sender.send({cmd: 'publish', topic: 't/default/x/a', qos: 1, messageId: 1, payload: 'once'});
      expect((await client.next('publish')).dup).toBe(false);
      client.socket.resetAndDestroy();
    }
    await until(() => gateway.gateway.report().connections === 1, 'the first connection to be gone');
    await using back = await gateway.connect(session);
    expect(await back.next('publish')).toMatchObject({dup: true});
  });
});

describe('WebSocket', () => {
  it('speaks MQTT, and not to a foreign page', async () => {
    await using gateway = await startGateway();
    const url = `ws://127.0.0.1:${gateway.wsPort}`;
    const stranger = new WebSocket(url, 'mqtt', {origin: 'http://evil.example'});
    await once(stranger, 'error');
    const socket = new WebSocket(url, 'mqtt');
    await once(socket, 'open');
    socket.send(Buffer.from('100c00044d5154540402003c0000', 'hex'));
    const [answer] = (await once(socket, 'message')) as [Buffer];
    expect([...answer]).toEqual([0x20, 2, 0, 4]);
    socket.close();
  });
});
