import {describe, expect, it} from 'vitest';
import {isInheritedName} from '../../../src/broker/guard/text.js';
import {CONNECT, check, checkFirst, field, GuardedConnection, hex, packet, type Version} from './packets.js';

const subscribe = (...rest: (string | Buffer)[]) => packet(0x82, '0001', ...rest);
const unsubscribe = (...rest: (string | Buffer)[]) => packet(0xa2, '0001', ...rest);

describe('the order of packets', () => {
  it.each([
    ['PUBLISH', packet(0x30, field('a'))],
    ['SUBSCRIBE', subscribe(field('a'), '00')],
    ['PINGREQ', hex('c000')],
    ['DISCONNECT', hex('e000')],
  ])('does not begin with %s', (_name, bytes) => {
    expect(checkFirst(bytes)).toMatchObject({ok: false, code: 0x82});
  });

  it.each([3, 4, 5] as Version[])('has one CONNECT only (level %i)', version => {
    expect(check(version, CONNECT[version])).toMatchObject({ok: false, code: 0x82});
  });

  it('has nothing after DISCONNECT', () => {
    const connection = new GuardedConnection();
    expect(connection.feed(Buffer.concat([CONNECT[4], hex('e000')]))).toBeUndefined();
    expect(connection.feed(hex('c000'))).toMatchObject({code: 0x82});
  });

  it('goes through in one chunk', () => {
    const connection = new GuardedConnection();
    const bytes = [
      CONNECT[4],
      subscribe(field('a'), '00'),
      packet(0x30, field('a'), '01'),
      hex('c000'),
      hex('e000'),
    ];
    expect(connection.feed(Buffer.concat(bytes))).toBeUndefined();
    expect(connection.verdicts.map(verdict => verdict.ok && verdict.type)).toEqual([
      'connect',
      'subscribe',
      'publish',
      'pingreq',
      'disconnect',
    ]);
  });
});

describe('the first byte', () => {
  it.each([
    ['0000', 'type 0'],
    ['2002 0000', 'CONNACK'],
    ['9003 0001 00', 'SUBACK'],
    ['b002 0001', 'UNSUBACK'],
    ['d000', 'PINGRESP'],
    ['f000', 'type 15 in 3.1.1'],
    ['4102 0001', 'PUBACK with flags'],
    ['5202 0001', 'PUBREC with flags'],
    ['6002 0001', 'PUBREL without its flag'],
    ['6302 0001', 'PUBREL with a flag too many'],
    ['7102 0001', 'PUBCOMP with flags'],
    ['8006 0001 0001 61 00', 'SUBSCRIBE without its flag'],
    ['8306 0001 0001 61 00', 'SUBSCRIBE with a flag too many'],
    ['a005 0001 0001 61', 'UNSUBSCRIBE without its flag'],
    ['c100', 'PINGREQ with flags'],
    ['e100', 'DISCONNECT with flags'],
  ])('%s is malformed: %s', text => {
    expect(check(4, hex(text))).toMatchObject({ok: false, code: 0x81});
  });
});

describe('SUBSCRIBE', () => {
  it.each([
    ['a', 'a'],
    ['#', '#'],
    ['+', '+'],
    ['/', '/'],
    ['a//b', 'a//b'],
    ['+/+/#', '+/+/#'],
    ['/+', '/+'],
    ['$SYS/#', '$SYS/#'],
    ['16 levels', `${'+/'.repeat(15)}#`],
    ['512 bytes', 'x'.repeat(512)],
    ['$share in 3.1.1', '$share/g'],
    ['an inherited name as a level', 'a/constructor'],
  ])('may have the filter %s', (_name, filter) => {
    expect(check(4, subscribe(field(filter), '02'))).toEqual({
      ok: true,
      type: 'subscribe',
      packetId: 1,
      subscriptions: [{filter, qos: 2}],
    });
  });

  it('may have several filters', () => {
    expect(check(5, subscribe('00', field('a'), '2d', field('b'), '10'))).toMatchObject({
      subscriptions: [
        {filter: 'a', qos: 1},
        {filter: 'b', qos: 0},
      ],
    });
  });

  it.each<[filter: string | Buffer, code: number]>([
    ['', 0x81],
    ['a/+b', 0x81],
    ['a+', 0x81],
    ['+a', 0x81],
    ['a+/b', 0x81],
    ['a#', 0x81],
    ['#a', 0x81],
    ['a/#/b', 0x81],
    ['#/', 0x81],
    ['##', 0x81],
    ['++', 0x81],
    ['x/a/+b', 0x81],
    ['x/+a', 0x81],
    ['a\0', 0x81],
    ['a\n', 0x81],
    [hex('c080'), 0x81],
    [hex('eda080'), 0x81],
    [hex('ff'), 0x81],
    ['x'.repeat(513), 0x8f],
    ['+/'.repeat(16), 0x8f],
    ['/'.repeat(9999), 0x8f],
    ['__proto__', 0x8f],
    ['toString', 0x8f],
  ])('and UNSUBSCRIBE have no filter %j', (filter, code) => {
    expect(check(4, subscribe(field(filter), '00'))).toMatchObject({ok: false, code});
    expect(check(5, subscribe('00', field(filter), '00'))).toMatchObject({ok: false, code});
    expect(check(4, unsubscribe(field(filter)))).toMatchObject({ok: false, code});
  });

  it.each<[name: string, version: Version, bytes: Buffer, code: number]>([
    ['no filter', 4, subscribe(), 0x82],
    ['no filter in MQTT 5', 5, subscribe('00'), 0x82],
    ['packet id 0', 4, packet(0x82, '0000', field('a'), '00'), 0x82],
    ['no packet id', 4, packet(0x82), 0x81],
    ['a filter without options', 4, subscribe(field('a')), 0x81],
    ['a second filter without options', 4, subscribe(field('a'), '00', field('b')), 0x81],
    ['a filter cut short', 4, subscribe('0005 61 00'), 0x81],
    ['QoS 3', 4, subscribe(field('a'), '03'), 0x81],
    ['reserved bits in 3.1.1', 4, subscribe(field('a'), '04'), 0x81],
    ['the upper reserved bits in 3.1', 3, subscribe(field('a'), '80'), 0x81],
    ['QoS 3 in MQTT 5', 5, subscribe('00', field('a'), '03'), 0x81],
    ['reserved bits in MQTT 5', 5, subscribe('00', field('a'), '40'), 0x81],
    ['retain handling 3', 5, subscribe('00', field('a'), '30'), 0x82],
    ['no local for a shared subscription', 5, subscribe('00', field('$share/g/a'), '04'), 0x82],
    ['a shared subscription without a filter', 5, subscribe('00', field('$share/g'), '00'), 0x81],
    ['a shared subscription with an empty filter', 5, subscribe('00', field('$share/g/'), '00'), 0x81],
    ['a shared subscription without a name', 5, subscribe('00', field('$share//a'), '00'), 0x81],
    ['a shared subscription with a wildcard as name', 5, subscribe('00', field('$share/+/a'), '00'), 0x81],
    ['subscription identifier 0', 5, subscribe('02 0b00', field('a'), '00'), 0x82],
  ])('is refused with %s', (_name, version, bytes, code) => {
    expect(check(version, bytes)).toMatchObject({ok: false, code});
  });

  it('may be shared in MQTT 5', () => {
    expect(check(5, subscribe('00', field('$share/g/a/#'), '01'))).toMatchObject({ok: true});
  });
});

describe('UNSUBSCRIBE', () => {
  it('names its filters', () => {
    const expected = {ok: true, type: 'unsubscribe', packetId: 1, filters: ['a', 'b/#']};
    expect(check(4, unsubscribe(field('a'), field('b/#')))).toEqual(expected);
    expect(check(5, unsubscribe('00', field('a'), field('b/#')))).toEqual(expected);
  });

  it.each<[name: string, version: Version, bytes: Buffer, code: number]>([
    ['no filter', 4, unsubscribe(), 0x82],
    ['packet id 0', 4, packet(0xa2, '0000', field('a')), 0x82],
    ['no packet id', 4, packet(0xa2, '00'), 0x81],
    ['excess bytes', 4, unsubscribe(field('a'), '00'), 0x81],
  ])('is refused with %s', (_name, version, bytes, code) => {
    expect(check(version, bytes)).toMatchObject({ok: false, code});
  });
});

describe.each([
  ['puback', 0x40, '97'],
  ['pubrec', 0x50, '10'],
  ['pubrel', 0x62, '92'],
  ['pubcomp', 0x70, '92'],
] as const)('%s', (type, first, reason) => {
  it('has a packet id, and in MQTT 5 a reason and properties', () => {
    const expected = {ok: true, type, packetId: 0x1234, reasonCode: 0};
    for (const version of [3, 4, 5] as Version[])
      expect(check(version, packet(first, '1234'))).toEqual(expected);
    const reasonCode = Number.parseInt(reason, 16);
    expect(check(5, packet(first, '1234', reason))).toEqual({...expected, reasonCode});
    expect(check(5, packet(first, '1234', reason, '00'))).toEqual({...expected, reasonCode});
    expect(check(5, packet(first, '1234 00 04 1f 0001 61'))).toEqual(expected);
  });

  it.each<[name: string, version: Version, body: string, code: number]>([
    ['nothing', 4, '', 0x81],
    ['one byte', 4, '00', 0x81],
    ['packet id 0', 4, '0000', 0x82],
    ['a third byte in 3.1.1', 4, '0001 00', 0x81],
    ['an unknown reason', 5, '0001 01', 0x82],
    ['excess bytes', 5, '0001 00 00 00', 0x81],
    ['properties cut short', 5, '0001 00 05 1f', 0x81],
  ])('is refused with %s', (_name, version, body, code) => {
    expect(check(version, packet(first, body))).toMatchObject({ok: false, code});
  });
});

describe('PINGREQ, DISCONNECT and AUTH', () => {
  it.each<[name: string, version: Version, bytes: Buffer, code: number]>([
    ['PINGREQ with a body', 4, hex('c00100'), 0x81],
    ['DISCONNECT with a body in 3.1.1', 4, hex('e00100'), 0x81],
    ['DISCONNECT with a reason of servers', 5, hex('e0018e'), 0x82],
    ['DISCONNECT with an unknown reason', 5, hex('e00101'), 0x82],
    ['DISCONNECT with excess bytes', 5, hex('e003000000'), 0x81],
    ['DISCONNECT that raises a session expiry of 0', 5, hex('e00700051100000001'), 0x82],
    ['AUTH', 5, hex('f0021800'), 0x82],
  ])('%s is refused', (_name, version, bytes, code) => {
    expect(check(version, bytes)).toMatchObject({ok: false, code});
  });

  it.each<[version: Version, text: string, reasonCode: number]>([
    [3, 'e000', 0],
    [4, 'e000', 0],
    [5, 'e000', 0],
    [5, 'e00104', 4],
    [5, 'e0020400', 4],
    [5, 'e00700051100000000', 0],
  ])('DISCONNECT of level %i may be %s', (version, text, reasonCode) => {
    expect(check(version, hex(text))).toMatchObject({ok: true, type: 'disconnect', reasonCode});
  });

  it('DISCONNECT may change the session expiry of a session that has one', () => {
    const connection = new GuardedConnection();
    connection.feed(packet(0x10, field('MQTT'), '0502003c', '05 110000000a', field('a')));
    expect(connection.feed(hex('e007000511000000ff'))).toBeUndefined();
    expect(connection.verdicts.at(-1)).toMatchObject({sessionExpirySec: 255});
  });
});

describe('names that objects inherit', () => {
  it.each(Object.getOwnPropertyNames(Object.prototype))('include %s', name => {
    expect(isInheritedName(name)).toBe(true);
  });

  it.each(['', 'a', 'proto', '__proto', 'Constructor', 'pump-1'])('do not include %j', name => {
    expect(isInheritedName(name)).toBe(false);
  });
});
