/** What a device proves itself with, and every way in which it does not (attack S20). */
import {randomBytes} from 'node:crypto';
import {describe, expect, it} from 'vitest';
import {NEVER_MS, type StoredCredential} from '../../src/domain/credential.js';
import {derivedKey, signDeviceToken} from '../../src/domain/device-token.js';
import {parseMosquittoHash} from '../../src/domain/mosquitto-hash.js';
import {hashPassword} from '../../src/domain/password.js';
import {startGateway} from '../support/start-gateway.js';

const DAY_SEC = 24 * 3600;
const key = randomBytes(32);
const groupKey = randomBytes(32);
const nowSec = (): number => Math.floor(Date.now() / 1000);

const ALWAYS = {notBeforeMs: 0, notAfterMs: NEVER_MS};
const own: StoredCredential = {kind: 'token', id: 'k1', ...ALWAYS, keyBase64: key.toString('base64')};

/** A gateway whose device `pump-7` has these credentials, and the group key `factory`. */
async function withCredentials(...credentials: StoredCredential[]) {
  const gateway = await startGateway();
  gateway.devices.set('default/pump-7', {
    ...gateway.devices.get('default/pump-7')!,
    credentials,
    groupKeys: [{name: 'factory', keyBase64: groupKey.toString('base64')}],
  });
  return gateway;
}

const token = (changes: Partial<Parameters<typeof signDeviceToken>[0]> = {}): string =>
  signDeviceToken({
    tenant: 'default',
    device: 'pump-7',
    expiresSec: nowSec() + 600,
    keyId: 'k1',
    key,
    ...changes,
  });

/** The code that a CONNECT of `pump-7` with this password is answered with. */
async function codeFor(
  gateway: Awaited<ReturnType<typeof startGateway>>,
  password: string,
): Promise<number | undefined> {
  await using client = await gateway.open();
  const connect = {
    cmd: 'connect',
    protocolId: 'MQTT',
    protocolVersion: 4,
    clean: true,
    clientId: '',
    keepalive: 30,
  };
  client.send({...connect, username: 'pump-7@default', password: Buffer.from(password)});
  return (await client.next('connack')).returnCode;
}

describe('S20: a token that the device signed', () => {
  it.each<[string, () => string]>([
    ['with its own key', () => token()],
    [
      'with the key that derives from its group',
      () => token({keyId: 'group:factory', key: derivedKey(groupKey, 'default', 'pump-7')}),
    ],
    ['by a clock that is four minutes behind', () => token({expiresSec: nowSec() - 240})],
  ])('lets it in: %s', async (_what, make) => {
    await using gateway = await withCredentials(own);
    await using device = await gateway.connect({password: Buffer.from(make())});
    device.send({cmd: 'pingreq'});
    await device.next('pingresp');
  });

  it.each<[string, () => string, string]>([
    ['that has expired', () => token({expiresSec: nowSec() - 400}), 'token has expired'],
    [
      'that lives for more than a day',
      () => token({expiresSec: nowSec() + DAY_SEC + 600}),
      'token lives too long',
    ],
    ['of another tenant', () => token({tenant: 'other'}), 'token was made for another device'],
    ['of another device', () => token({device: 'pump-8'}), 'token was made for another device'],
    ['of a key that is not there any more', () => token({keyId: 'k0'}), 'unknown key'],
    ['of a group that is not there', () => token({keyId: 'group:nothing'}), 'unknown group key'],
    [
      'signed with the key of the group itself',
      () => token({keyId: 'group:factory', key: groupKey}),
      'wrong signature of the token',
    ],
    [
      'signed with the key of another device of the group',
      () => token({keyId: 'group:factory', key: derivedKey(groupKey, 'default', 'pump-8')}),
      'wrong signature of the token',
    ],
    [
      'whose end was moved',
      () => token().replace(/se=\d+/, `se=${nowSec() + 900}`),
      'wrong signature of the token',
    ],
    ['whose signature was changed', () => `${token().slice(0, -2)}AA`, 'wrong signature of the token'],
    ['that is not one', () => 'sr=default/pump-7&se=x&kid=k1&sig=', 'wrong secret'],
  ])('does not let it in: %s', async (_what, make, reason) => {
    await using gateway = await withCredentials(own);
    expect(await codeFor(gateway, make())).toBe(4);
    const {payload} = await gateway.event('connection.refused');
    expect(JSON.parse(Buffer.from(payload).toString())).toMatchObject({reason});
  });

  it('ends the connection when it ends', async () => {
    let nowMs = Date.now();
    await using gateway = await startGateway(undefined, {}, {clock: () => nowMs});
    gateway.devices.set('default/pump-7', {...gateway.devices.get('default/pump-7')!, credentials: [own]});
    await using device = await gateway.connect({password: Buffer.from(token())}, 5);
    nowMs += 3_600_000;
    expect(await device.next('disconnect')).toMatchObject({reasonCode: 0xa0});
    await device.end();
  });
});

describe('a password', () => {
  it('lets a device in, and again without a second slow check', async () => {
    const password = await hashPassword('four words are enough');
    await using gateway = await withCredentials({kind: 'password', id: 'p1', ...ALWAYS, password});
    for (const _time of [1, 2]) {
      await using device = await gateway.connect({password: Buffer.from('four words are enough')});
      device.send({cmd: 'pingreq'});
      await device.next('pingresp');
    }
    expect(await codeFor(gateway, 'four other words')).toBe(4);
  });

  it('may be one that mosquitto knew', async () => {
    const made = parseMosquittoHash(
      '$7$101$cfXB2fEQT7kUMZIY$vZla0VqEOE6YEaTMMrVWLBFDE/QmJBpeVIar8oz71WOZIt2jykVOvKkv+oH5uXf2WNVu3RcZSP2VtNStoVvVBQ==',
    );
    await using gateway = await withCredentials({kind: 'password', id: 'p1', ...ALWAYS, password: made});
    expect(await codeFor(gateway, 'open sesame')).toBe(0);
    expect(await codeFor(gateway, 'open sesam')).toBe(4);
  });

  it('is checked beside the event loop: others are answered meanwhile', async () => {
    const password = await hashPassword('four words are enough');
    await using gateway = await withCredentials({kind: 'password', id: 'p1', ...ALWAYS, password});
    await using other = await gateway.connect({username: 'pump-8@default'});
    const order: string[] = [];
    const login = gateway.connect({password: Buffer.from('four words are enough')}).then(client => {
      order.push('login');
      return client;
    });
    other.send({cmd: 'pingreq'});
    await other.next('pingresp');
    order.push('ping');
    await using _device = await login;
    expect(order).toEqual(['ping', 'login']);
  });
});

describe('validity', () => {
  it.each<[string, Partial<StoredCredential>]>([
    ['before its beginning', {notBeforeMs: Date.now() + 60_000}],
    ['after its end', {notAfterMs: Date.now() - 1}],
  ])('holds for every kind: %s', async (_what, validity) => {
    await using gateway = await withCredentials({...own, ...validity} as StoredCredential);
    expect(await codeFor(gateway, token())).toBe(4);
  });
});
