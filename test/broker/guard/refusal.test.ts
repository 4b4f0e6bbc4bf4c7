import {parser} from 'mqtt-packet';
import {describe, expect, it} from 'vitest';
import {encodeRefusal, levelOf} from '../../../src/broker/guard/refusal.js';
import {REASON} from '../../../src/broker/guard/violation.js';
import {CONNECT, field, hex, packet} from './packets.js';

const reason = 'no';

describe('before CONNACK', () => {
  it.each([
    [REASON.versionUnsupported, '20020001'],
    [REASON.clientIdInvalid, '20020002'],
    [0x88, '20020003'],
    [0x86, '20020004'],
    [0x87, '20020005'],
  ])('MQTT 3 has a return code for reason %i', (code, expected) => {
    expect(encodeRefusal({code, reason}, {level: 4, connected: false})).toEqual(hex(expected));
  });

  it('MQTT 3 has no words for anything else', () => {
    for (const code of [REASON.malformed, REASON.protocolError, REASON.packetTooLarge])
      expect(encodeRefusal({code, reason}, {level: 4, connected: false})).toBeUndefined();
  });

  it('MQTT 5 and later get a CONNACK with the reason', () => {
    const found = {code: REASON.malformed, reason};
    const expected = hex('2008 00 81 05 1f 0002 6e6f');
    expect(encodeRefusal(found, {level: 5, connected: false})).toEqual(expected);
    expect(encodeRefusal(found, {level: 6, connected: false})).toEqual(expected);
  });

  it('there is no answer to what is not MQTT', () => {
    expect(
      encodeRefusal({code: REASON.malformed, reason}, {level: undefined, connected: false}),
    ).toBeUndefined();
  });
});

describe('after CONNACK', () => {
  it('MQTT 3 has no words', () => {
    expect(
      encodeRefusal({code: REASON.clientIdInvalid, reason}, {level: 4, connected: true}),
    ).toBeUndefined();
  });

  it('MQTT 5 gets a DISCONNECT with the reason', () => {
    const bytes = encodeRefusal({code: REASON.packetTooLarge, reason}, {level: 5, connected: true})!;
    expect(bytes).toEqual(hex('e007 95 05 1f 0002 6e6f'));
    const reader = parser({protocolVersion: 5});
    reader.on('packet', read =>
      expect(read).toMatchObject({reasonCode: 0x95, properties: {reasonString: reason}}),
    );
    expect(reader.parse(bytes)).toBe(0);
  });

  it('leaves the words out for a client that takes no packet of that size', () => {
    const client = {level: 5, connected: true, maximumPacketBytes: 8};
    expect(encodeRefusal({code: 0x81, reason}, client)).toEqual(hex('e002 81 00'));
  });
});

it('reads the level of a CONNECT, valid or not', () => {
  const level = (bytes: Buffer) => levelOf(bytes, 2, bytes.length);
  expect([level(CONNECT[3]), level(CONNECT[4]), level(CONNECT[5])]).toEqual([3, 4, 5]);
  expect(level(packet(0x10, field('MQTT'), '84'))).toBe(0x84);
  expect(level(packet(0x10, field('MQTT')))).toBeUndefined();
  expect(level(packet(0x10, field('HTTP'), '04'))).toBeUndefined();
  expect(level(packet(0x10))).toBeUndefined();
});
