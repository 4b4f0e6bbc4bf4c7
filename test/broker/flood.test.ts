/** Floods: of logins that fail (attack S12), of sockets that say nothing, of messages (S14). The others go on. */
import {once} from 'node:events';
import {connect, type Socket} from 'node:net';
import {generate} from 'mqtt-packet';
import {describe, expect, it} from 'vitest';
import {until, within} from '../support/deadline.js';
import {DEVICE_SECRET, deviceLogin, startGateway} from '../support/start-gateway.js';

type Gateway = Awaited<ReturnType<typeof startGateway>>;

/** CONNECT from an address of this machine; the code of the answer, or undefined where there was none. */
async function knock(
  port: number,
  localAddress: string,
  password: string,
  device = 'pump-7',
): Promise<number | undefined> {
  const socket = connect({port, host: '127.0.0.1', localAddress});
  socket.on('error', () => undefined);
  const login = {...deviceLogin(device), password: Buffer.from(password)};
  socket.write(
    generate({
      cmd: 'connect',
      protocolId: 'MQTT',
      protocolVersion: 4,
      clean: true,
      clientId: '',
      keepalive: 30,
      ...login,
    }),
  );
  const answer = await within(
    Promise.race([
      once(socket, 'data').then(([bytes]: Buffer[]) => bytes![3]),
      once(socket, 'close').then(() => undefined),
    ]),
    'an answer',
  );
  socket.destroy();
  return answer;
}

describe('S12: a flood of logins that fail', () => {
  it('is banned, and neither holds up another device nor locks the real one out', async () => {
    await using gateway = await startGateway();
    const {port} = gateway;
    await using publisher = await gateway.connect({...deviceLogin('pump-8')});
    const flood = Promise.all(Array.from({length: 1000}, () => knock(port, '127.0.0.3', 'wrong')));
    for (let messageId = 1; messageId <= 50; messageId++) {
      publisher.send({cmd: 'publish', topic: 'me/telemetry', qos: 1, messageId, payload: '{"a":1}'});
      expect((await publisher.next('puback')).messageId).toBe(messageId);
    }
    const answers = await flood;
    expect(answers.filter(code => code === 4).length).toBeLessThan(200);
    expect(answers.filter(code => code === 5).length).toBeGreaterThan(800);
    const bans = gateway.gateway.standing.bans.filter(({automatic}) => automatic);
    expect(bans.map(({address}) => address)).toContain('127.0.0.3');
    // The device whose name was used logs in from its own address, and from that of the stranger too.
    expect(await knock(port, '127.0.0.2', DEVICE_SECRET)).toBe(0);
    await until(
      async () => (await knock(port, '127.0.0.3', DEVICE_SECRET)) === 0,
      'the right secret to get in',
    );
    expect(await knock(port, '127.0.0.3', 'wrong')).toBe(4);
  });

  it('says nothing of who there is: unknown names are answered as wrong secrets are', async () => {
    await using gateway = await startGateway();
    expect(await knock(gateway.port, '127.0.0.4', 'wrong', 'nobody')).toBe(4);
    expect(await knock(gateway.port, '127.0.0.4', 'wrong')).toBe(4);
  });

  it('a ban ends by itself, and each further one lasts twice as long', async () => {
    let nowMs = Date.now();
    await using gateway = await startGateway(
      undefined,
      {},
      {clock: () => nowMs, limits: {failuresPerDeviceAndAddress: 3}},
    );
    const lasts: number[] = [];
    for (const _round of [1, 2, 3]) {
      for (const _failure of [1, 2, 3]) expect(await knock(gateway.port, '127.0.0.5', 'wrong')).toBe(4);
      expect(await knock(gateway.port, '127.0.0.5', 'wrong')).toBe(5);
      const ban = gateway.gateway.standing.bans.find(({device}) => device === 'pump-7')!;
      lasts.push((Date.parse(ban.expiresAt!) - Date.parse(ban.createdAt)) / 1000);
      nowMs = Date.parse(ban.expiresAt!);
    }
    expect(lasts).toEqual([60, 120, 240]);
  });
});

it('2,000 sockets that say nothing are closed, and a fresh client is answered meanwhile', async () => {
  await using gateway = await startGateway();
  const sockets = Array.from({length: 2000}, () => connect({port: gateway.port, host: '127.0.0.1'}));
  for (const socket of sockets) socket.on('error', () => undefined).resume();
  await Promise.all(sockets.map(socket => once(socket, 'connect')));
  expect(await knock(gateway.port, '127.0.0.2', DEVICE_SECRET)).toBe(0);
  await within(Promise.all(sockets.map(closed)), 'all of them to be closed', 20_000);
}, 40_000);

const closed = (socket: Socket): Promise<unknown> =>
  socket.destroyed ? Promise.resolve() : once(socket, 'close');

describe('S14: a device that floods', () => {
  it('is slowed down and then ended, while another is served', async () => {
    await using gateway = await startGateway(
      undefined,
      {},
      {limits: {publishesPerSecPerDevice: 100, throttledSec: 1}},
    );
    await using flooder = await gateway.connect({}, 5);
    await using other = await gateway.connect({...deviceLogin('pump-8')});
    const send = (): void => {
      for (let count = 0; count < 200; count++)
        flooder.send({cmd: 'publish', topic: 'me/telemetry', qos: 0, payload: '{"a":1}'});
    };
    const timer = setInterval(send, 50);
    try {
      for (let messageId = 1; messageId <= 20; messageId++) {
        other.send({cmd: 'publish', topic: 'me/telemetry', qos: 1, messageId, payload: '{"b":1}'});
        expect((await other.next('puback')).messageId).toBe(messageId);
      }
      expect(await flooder.next('disconnect')).toMatchObject({reasonCode: 0x97});
    } finally {
      clearInterval(timer);
    }
    expect(JSON.parse(textOf(await gateway.event('connection.closed')))).toMatchObject({reason: 'quota'});
  });
});

const textOf = ({payload}: {payload: Uint8Array}): string => Buffer.from(payload).toString();

const setTenant = (gateway: Gateway, changes: object): void => {
  gateway.tenants.set('default', {...gateway.tenants.get('default')!, ...changes} as never);
};

describe('a tenant', () => {
  it('that is suspended loses its connections, and gets no new ones; others stay', async () => {
    await using gateway = await startGateway();
    await using own = await gateway.connect({}, 5);
    await using foreign = await gateway.connect({...deviceLogin('pump-7', 'other')});
    setTenant(gateway, {state: 'suspended'});
    await gateway.gateway.standing.tenantChanged({tenant: 'default', usable: false});
    expect(await own.next('disconnect')).toMatchObject({reasonCode: 0x87});
    await own.end();
    expect(await knock(gateway.port, '127.0.0.2', DEVICE_SECRET)).toBe(4);
    foreign.send({cmd: 'pingreq'});
    await foreign.next('pingresp');
    expect(JSON.parse(textOf(await gateway.event('device.disconnected')))).toEqual({reason: 'suspended'});
  });

  it('has as many connections as its quota says; a device that comes again takes its own place', async () => {
    await using gateway = await startGateway();
    const {quotas} = gateway.tenants.get('default')!;
    setTenant(gateway, {quotas: {...quotas, connections: 1}});
    await using first = await gateway.connect({clientId: 'one'});
    expect(await knock(gateway.port, '127.0.0.2', DEVICE_SECRET, 'pump-8')).toBe(3);
    await using _again = await gateway.connect({clientId: 'two'});
    await first.end();
    expect(JSON.parse(textOf(await gateway.event('quota.exceeded')))).toMatchObject({
      quota: 'connections',
      limit: 1,
    });
    expect((await gateway.events()).filter(({type}) => type === 'quota.exceeded')).toHaveLength(1);
  });

  it('is warned when it uses four fifths of a quota', async () => {
    await using gateway = await startGateway();
    setTenant(gateway, {quotas: {...gateway.tenants.get('default')!.quotas, publishesPerSec: 100}});
    await using device = await gateway.connect({});
    // For some seconds: a rate is that of a whole second, wherever it begins, and a busy machine takes fewer in some.
    for (let messageId = 1; messageId <= 1000; messageId++)
      device.send({cmd: 'publish', topic: 'me/telemetry', qos: 1, messageId, payload: '{}'});
    expect(JSON.parse(textOf(await gateway.event('quota.warning')))).toMatchObject({
      quota: 'publishesPerSec',
      limit: 100,
    });
  });
});

describe('a device by HTTP', () => {
  it('is counted as by MQTT: banned with the time to wait, and the right secret still gets in', async () => {
    await using gateway = await startGateway();
    const knockBy = (secret: string) =>
      gateway.gateway.http.authenticate({username: 'pump-7@default', secret, address: '192.0.2.9'});
    for (let count = 0; count < 10; count++) expect(await knockBy('wrong')).toBeUndefined();
    await expect(knockBy('wrong')).rejects.toMatchObject({code: 'IOT_BANNED', retryAfterSec: 60});
    expect(await knockBy(DEVICE_SECRET)).toMatchObject({device: 'pump-7'});
  });

  it('is metered by its tenant’s quotas though nobody of it is connected', async () => {
    await using gateway = await startGateway();
    setTenant(gateway, {quotas: {...gateway.tenants.get('default')!.quotas, bytesPerSec: 1000}});
    const say = () =>
      gateway.gateway.http.ingest({
        username: 'pump-7@default',
        secret: DEVICE_SECRET,
        address: '192.0.2.9',
        component: '',
        payload: Buffer.from(JSON.stringify({note: 'x'.repeat(5000)})),
      });
    expect(await say()).toBeGreaterThanOrEqual(0);
    await expect(say()).rejects.toMatchObject({code: 'IOT_RATE_LIMITED'});
  });
});

describe('a ban by a person', () => {
  const ban = (changes: object) =>
    ({
      id: 'b1',
      tenant: null,
      device: null,
      address: null,
      reason: 'test',
      automatic: false,
      createdAt: new Date().toISOString(),
      expiresAt: null,
      ...changes,
    }) as never;

  it('of a device ends its connection, and holds until it is taken away', async () => {
    await using gateway = await startGateway();
    await using device = await gateway.connect({}, 5);
    gateway.gateway.standing.ban(ban({tenant: 'default', device: 'pump-7'}));
    expect(await device.next('disconnect')).toMatchObject({reasonCode: 0x98});
    await device.end();
    expect(await knock(gateway.port, '127.0.0.2', DEVICE_SECRET)).toBe(5);
    expect(await knock(gateway.port, '127.0.0.2', DEVICE_SECRET, 'pump-8')).toBe(0);
    expect(gateway.gateway.standing.unban('b1')).toBe(true);
    expect(await knock(gateway.port, '127.0.0.2', DEVICE_SECRET)).toBe(0);
  });

  it('of a range of addresses closes the door to them before they say a word', async () => {
    await using gateway = await startGateway(undefined, {}, {bans: [ban({address: '127.0.0.8/29'})]});
    expect(await knock(gateway.port, '127.0.0.9', DEVICE_SECRET)).toBeUndefined();
    expect(await knock(gateway.port, '127.0.0.2', DEVICE_SECRET)).toBe(0);
  });
});
