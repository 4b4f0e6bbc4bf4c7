import {describe, expect, it} from 'vitest';
import {DEFAULT_LIMITS} from '../../../src/broker/guard/check-packet.js';
import {CONNECT, checkFirst, field, hex, packet, type Version} from './packets.js';

/** CONNECT from its parts: protocol name, level, flags, keep-alive 60, and what follows. */
const connect = (name: string, level: number, flags: number, ...rest: (string | Buffer)[]): Buffer =>
  packet(0x10, field(name), Buffer.from([level, flags]), '003c', ...rest);

const v4 = (flags: number, ...rest: (string | Buffer)[]) => connect('MQTT', 4, flags, ...rest);
const v5 = (flags: number, ...rest: (string | Buffer)[]) => connect('MQTT', 5, flags, ...rest);
const ID = field('a');

it.each([3, 4, 5] as Version[])('accepts a plain CONNECT of level %i', version => {
  expect(checkFirst(CONNECT[version])).toMatchObject({
    ok: true,
    type: 'connect',
    connect: {version, clientId: 'a', clean: true, keepAliveSec: 60, username: undefined, will: undefined},
  });
});

it('reads everything that a CONNECT of MQTT 5 can say', () => {
  const properties = hex(
    '22 1100000e10 21000a 2700010000 220005 1700 1901 26 0001 6b 0001 76 26 0001 6b 0001 76',
  );
  const willProperties = hex('05 180000001e');
  const bytes = v5(
    0xee,
    properties,
    field('pump-1'),
    willProperties,
    field('t/acme/d/pump-1/status'),
    field('gone'),
    field('pump-1@acme'),
    field(hex('00ff')),
  );
  expect(checkFirst(bytes)).toEqual({
    ok: true,
    type: 'connect',
    connect: {
      version: 5,
      clientId: 'pump-1',
      username: 'pump-1@acme',
      password: hex('00ff'),
      keepAliveSec: 60,
      clean: true,
      will: {topic: 't/acme/d/pump-1/status', qos: 1, retain: true, payloadBytes: 4, delaySec: 30},
      properties: {
        sessionExpirySec: 3600,
        receiveMaximum: 10,
        maximumPacketBytes: 65_536,
        topicAliasMaximum: 5,
        requestProblemInformation: false,
        requestResponseInformation: true,
      },
    },
  });
});

it.each([
  ['an empty client id with a clean session', v4(2, field(''))],
  ['an empty client id in MQTT 5', v5(0, '00', field(''))],
  ['a password without a user name in MQTT 5', v5(0x42, '00', ID, field('secret'))],
  ['an empty will and an empty password', v4(0xc6, ID, field('w'), field(''), field('u'), field(''))],
  ['a client id beyond ASCII', v4(2, field('größe-☃-😀'))],
  ['a client id of 23 characters and more', v4(2, field('x'.repeat(256)))],
])('accepts %s', (_name, bytes) => {
  expect(checkFirst(bytes)).toMatchObject({ok: true});
});

describe('refuses', () => {
  it.each<[name: string, bytes: Buffer, code: number]>([
    ['a name that is not MQTT', connect('MQTX', 4, 2, ID), 0x81],
    ['a name in small letters', connect('mqtt', 4, 2, ID), 0x81],
    ['a longer name', connect('MQTTX', 4, 2, ID), 0x81],
    ['level 0', connect('MQTT', 0, 2, ID), 0x84],
    ['level 3 as MQTT', connect('MQTT', 3, 2, ID), 0x84],
    ['level 4 as MQIsdp', connect('MQIsdp', 4, 2, ID), 0x84],
    ['level 6', connect('MQTT', 6, 2, ID), 0x84],
    ['a bridge’s level 0x84', connect('MQTT', 0x84, 2, ID), 0x84],
    ['the reserved flag', v4(3, ID), 0x81],
    ['a will of QoS 3', v4(0x1e, ID, field('w'), field('x')), 0x81],
    ['a will’s QoS without a will', v4(0x0a, ID), 0x81],
    ['a will’s retain flag without a will', v4(0x22, ID), 0x81],
    ['a password without a user name in 3.1.1', v4(0x42, ID, field('secret')), 0x81],
    ['a password without a user name in 3.1', connect('MQIsdp', 3, 0x42, ID, field('secret')), 0x81],
    ['excess bytes', v4(2, ID, '00'), 0x81],
    ['excess bytes in MQTT 5', v5(2, '00', ID, '00'), 0x81],
    ['a missing client id', v4(2), 0x81],
    ['a client id cut short', v4(2, '0002 61'), 0x81],
    ['a missing will topic', v4(6, ID), 0x81],
    ['a missing will payload', v4(6, ID, field('w')), 0x81],
    ['a missing user name', v4(0x82, ID), 0x81],
    ['a missing password', v4(0xc2, ID, field('u')), 0x81],
    ['nothing after the flags', packet(0x10, field('MQTT'), '0402'), 0x81],
    ['nothing at all', packet(0x10), 0x81],
    ['an empty client id with clean session 0', v4(0, field('')), 0x85],
    ['an empty client id in MQTT 3.1', connect('MQIsdp', 3, 2, field('')), 0x85],
    ['a client id of 257 bytes', v4(2, field('x'.repeat(257))), 0x85],
    ['the client id __proto__', v4(2, field('__proto__')), 0x85],
    ['the client id constructor', v5(2, '00', field('constructor')), 0x85],
    ['the client id hasOwnProperty', v4(2, field('hasOwnProperty')), 0x85],
    ['U+0000 in the client id', v4(2, field('a\0b')), 0x81],
    ['an overlong form in the client id', v4(2, field(hex('c080'))), 0x81],
    ['a surrogate in the client id', v4(2, field(hex('eda080'))), 0x81],
    ['a byte that is no UTF-8 in the client id', v4(2, field(hex('61ff'))), 0x81],
    ['U+0000 in the user name', v4(0x82, ID, field('u\0')), 0x81],
    ['a surrogate in the user name', v4(0x82, ID, field(hex('edbfbf'))), 0x81],
    ['a control character in the client id', v4(2, field('a\x1b[2J')), 0x81],
    ['U+009B in the user name', v4(0x82, ID, field('u\u009b')), 0x81],
    ['U+0000 in the will’s topic', v4(6, ID, field('w\0'), field('x')), 0x81],
    ['malformed UTF-8 in the will’s topic', v4(6, ID, field(hex('c3')), field('x')), 0x81],
    ['an empty will topic', v4(6, ID, field(''), field('x')), 0x90],
    ['a wildcard in the will’s topic', v4(6, ID, field('w/#'), field('x')), 0x90],
    ['a will topic of 17 levels', v4(6, ID, field('a/'.repeat(16)), field('x')), 0x90],
    ['a will topic of 10,000 levels', v4(6, ID, field('/'.repeat(9999)), field('x')), 0x90],
    ['a will topic of 513 bytes', v4(6, ID, field('x'.repeat(513)), field('x')), 0x90],
    ['the will topic __proto__', v4(6, ID, field('__proto__'), field('x')), 0x90],
    ['flags in the first byte', hex('110d00044d5154540402003c000161'), 0x82],
    ['an authentication method', v5(2, '04 15 0001 78', ID), 0x8c],
    ['authentication data without a method', v5(2, '04 16 0001 78', ID), 0x82],
    ['a length that is not minimal in MQTT 5', hex('108e00 0004 4d515454 05 02 003c 00 0001 61'), 0x81],
    // These two end aedes 2.0.0-beta.1.
    ['a session expiry without a value', hex('100f00044d5154540502000a0111000170'), 0x81],
    ['the client id __proto__ in MQTT 5', v5(2, '00', field('__proto__')), 0x85],
  ])('%s', (_name, bytes, code) => {
    expect(checkFirst(bytes)).toMatchObject({ok: false, code});
  });
});

it('accepts a length that is not minimal in MQTT 3.1.1, which does not forbid it', () => {
  expect(checkFirst(hex('108d00 0004 4d515454 04 02 003c 0001 61'))).toMatchObject({ok: true});
});

it('takes its limits from whoever makes it', () => {
  const limits = {...DEFAULT_LIMITS, clientIdBytesMax: 3, topicLevelsMax: 1};
  expect(checkFirst(v4(2, field('abcd')), limits)).toMatchObject({code: 0x85});
  expect(checkFirst(v4(6, ID, field('a/b'), field('')), limits)).toMatchObject({code: 0x90});
});
