/** Devices that nobody knows yet, over MQTT. */
import {expect, it} from 'vitest';
import type {ProvisioningQuestion, ProvisioningReply} from '../../src/broker/provisioning-door.js';
import {signDeviceToken} from '../../src/domain/device-token.js';
import {until} from '../support/deadline.js';
import type {RawClient} from '../support/raw-client.js';
import {startGateway} from '../support/start-gateway.js';

const CLAIM = {username: '$claim@default', password: Buffer.from('CODE')};

const startWith = async (reply: (question: ProvisioningQuestion) => ProvisioningReply) => {
  const asked: ProvisioningQuestion[] = [];
  const gateway = await startGateway(
    undefined,
    {},
    {
      provision: async question => {
        asked.push(question);
        return reply(question);
      },
    },
  );
  return Object.assign(gateway, {asked});
};

async function answer(device: RawClient): Promise<unknown> {
  const {payload} = await device.next('publish');
  return JSON.parse(payload.toString()) as unknown;
}

const ask = (device: RawClient, rid: string, payload = '{}') =>
  device.send({cmd: 'publish', topic: `$prov/v1/${rid}/req`, payload});

it.each([3, 4, 5] as const)('a device asks with a code, at level %i, and hears the answer', async version => {
  await using gateway = await startWith(() => ({status: 200, device: 'pump-1', secret: 's'}));
  await using device = await gateway.connect({...CLAIM, clientId: 'anything'}, version);
  expect(await device.subscribe('$prov/v1/claim/res')).toEqual([0]);
  const packet = {
    cmd: 'publish',
    topic: '$prov/v1/claim/req',
    qos: 1,
    messageId: 7,
    payload: '{"serial":"A"}',
  };
  device.send(packet);
  expect((await device.next('puback')).messageId).toBe(7);
  expect(await answer(device)).toEqual({status: 200, device: 'pump-1', secret: 's'});
  const proof = {kind: 'claim', rid: 'claim', code: 'CODE', tenant: 'default'};
  expect(gateway.asked).toEqual([{proof, request: '{"serial":"A"}', address: '127.0.0.1'}]);
  device.send({cmd: 'pingreq'});
  await device.next('pingresp');
  // It is no session of the broker's, and nobody's event.
  expect((await gateway.events()).map(({type}) => type)).toEqual([]);
  // A final answer ends it, soon.
  await device.end();
});

it('a device of a group asks with its token, on topics of its own', async () => {
  await using gateway = await startWith(() => ({status: 202, retryAfterSec: 5}));
  const expiresSec = Math.floor(Date.now() / 1000) + 60;
  const signed = {
    tenant: 'default',
    device: 'pump-12',
    expiresSec,
    keyId: 'enroll:line-7',
    key: Buffer.alloc(32),
  };
  const token = signDeviceToken(signed);
  const login = {username: 'pump-12@default', password: Buffer.from(token)};
  await using device = await gateway.connect(login, 5);
  // Asked before it subscribed: the answer waits for it.
  ask(device, 'pump-12');
  await until(() => gateway.asked.length === 1, 'the question');
  expect(await device.subscribe('$prov/v1/claim/res', '$prov/v1/pump-12/res')).toEqual([0x87, 0]);
  expect(await answer(device)).toEqual({status: 202, retryAfterSec: 5});
  expect(gateway.asked[0]?.proof).toEqual({kind: 'token', rid: 'pump-12', token, tenant: 'default'});
  // Under another name it is a login like any other, and a wrong one.
  await using other = await gateway.open();
  const connect = {
    cmd: 'connect',
    protocolId: 'MQTT',
    protocolVersion: 4,
    clean: true,
    clientId: '',
    keepalive: 30,
  };
  other.send({...connect, ...login, username: 'pump-7@default'});
  expect((await other.next('connack')).returnCode).toBe(4);
});

it('one that shows wrong codes again and again is banned from there', async () => {
  await using gateway = await startWith(() => ({status: 404, code: 'IOT_CLAIM_UNKNOWN'}));
  for (let count = 0; count < 100 && gateway.gateway.standing.bans.length === 0; count++) {
    await using device = await gateway.connect(CLAIM);
    await device.subscribe('$prov/v1/claim/res');
    ask(device, 'claim');
    expect(await answer(device)).toMatchObject({status: 404});
  }
  expect(gateway.gateway.standing.bans).toMatchObject([{device: 'claim', address: '127.0.0.1'}]);
  await using banned = await gateway.connect(CLAIM, 5);
  await banned.end();
  expect(gateway.asked.length).toBeLessThan(100);
});

it('there is room for so many of one address, for so many requests, and for no will', async () => {
  let reply: () => void = () => undefined;
  const replied = new Promise<void>(resolve => {
    reply = resolve;
  });
  await using gateway = await startGateway(
    undefined,
    {},
    {
      provision: async () => {
        await replied;
        return {status: 202, retryAfterSec: 5};
      },
    },
  );
  const inside = await Promise.all(Array.from({length: 20}, () => gateway.connect(CLAIM)));
  await using outside = await gateway.connect(CLAIM);
  await outside.end();
  await using first = inside[0]!;
  await first.subscribe('$prov/v1/claim/res');
  for (let count = 0; count < 3; count++) ask(first, 'claim');
  expect(await answer(first)).toMatchObject({status: 429});
  expect(await answer(first)).toMatchObject({status: 429});
  reply();
  expect(await answer(first)).toEqual({status: 202, retryAfterSec: 5});
  for (let count = 0; count < 8; count++) ask(first, 'claim');
  await first.end();
  for (const device of inside) await device[Symbol.asyncDispose]();
  const will = {topic: 'me/status', payload: Buffer.from('x'), qos: 0, retain: false};
  await using dying = await gateway.connect({...CLAIM, will}, 5);
  await dying.end();
});
