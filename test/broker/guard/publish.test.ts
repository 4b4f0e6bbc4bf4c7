import {describe, expect, it} from 'vitest';
import {DEFAULT_LIMITS} from '../../../src/broker/guard/check-packet.js';
import {isAt, PublishReader} from '../../../src/broker/guard/publish.js';
import {replaceTopic} from '../../../src/broker/guard/replace-topic.js';
import {CONNECT, check, field, GuardedConnection, hex, packet, type Version} from './packets.js';

const LIMITS = {...DEFAULT_LIMITS, topicAliasMaximum: 2};

/** A PUBLISH of MQTT 3.1.1 with QoS 0. */
const say = (topic: string | Buffer): Buffer => packet(0x30, field(topic), '01');

describe('accepts', () => {
  it.each([3, 4] as Version[])('a PUBLISH of level %i, and tells where its parts are', version => {
    const bytes = packet(0x3b, field('t/a/d/p/telemetry'), '1234', field('{}'));
    expect(check(version, bytes)).toMatchObject({
      type: 'publish',
      topic: 't/a/d/p/telemetry',
      qos: 1,
      dup: true,
      retain: true,
      packetId: 0x1234,
      topicStart: 4,
      topicEnd: 21,
      payloadStart: 23,
      payloadEnd: bytes.length,
    });
  });

  it('a PUBLISH of MQTT 5 with properties', () => {
    const bytes = packet(0x34, field('a'), '0007', '02 0101', 'ff00');
    expect(check(5, bytes)).toMatchObject({
      qos: 2,
      packetId: 7,
      propertiesStart: 8,
      propertiesEnd: 10,
      payloadStart: 10,
      payloadEnd: 12,
    });
  });

  it.each([
    ['without a payload', packet(0x30, field('a'))],
    ['with a topic beyond ASCII', say('größe/☃/😀')],
    ['with a byte order mark', say('\ufeffa')],
    ['with a topic of 512 bytes', say('x'.repeat(512))],
    ['with a topic of 16 levels', say('a/'.repeat(15))],
    ['with empty levels', say('//')],
    ['with an inherited name as one of its levels', say('t/__proto__/constructor')],
  ])('a PUBLISH %s', (_name, bytes) => {
    expect(check(4, bytes)).toMatchObject({ok: true});
  });
});

describe('refuses', () => {
  it.each<[name: string, bytes: Buffer, code: number]>([
    ['QoS 3', packet(0x36, field('a'), '0001'), 0x81],
    ['DUP with QoS 0', packet(0x38, field('a')), 0x81],
    ['packet id 0', packet(0x32, field('a'), '0000'), 0x82],
    ['a missing packet id', packet(0x32, field('a')), 0x81],
    ['half a packet id', packet(0x34, field('a'), '00'), 0x81],
    ['a topic cut short', packet(0x30, '0005 61'), 0x81],
    ['no topic at all', packet(0x30), 0x81],
    ['an empty topic', say(''), 0x81],
    ['a topic with +', say('a/+'), 0x90],
    ['a topic with #', say('a/#'), 0x90],
    ['a wildcard inside a level', say('a+b'), 0x90],
    ['U+0000', say('a\0b'), 0x81],
    ['U+0000 behind other characters', say('ü\0'), 0x81],
    ['U+0001', say('a\x01'), 0x81],
    ['U+007F', say('a\x7f'), 0x81],
    ['U+009F', say('to\u009fp'), 0x81],
    ['an overlong form', say(hex('c080')), 0x81],
    ['a surrogate', say(hex('eda080')), 0x81],
    ['the byte FF', say(hex('ff')), 0x81],
    ['a sequence cut short', say(hex('61e298')), 0x81],
    ['a topic of 513 bytes', say('x'.repeat(513)), 0x90],
    ['a topic of 65,535 bytes', say('x'.repeat(65_535)), 0x90],
    ['a topic of 17 levels', say('a/'.repeat(16)), 0x90],
    ['a topic of 10,000 levels', say('/'.repeat(9999)), 0x90],
    ['the topic __proto__', say('__proto__'), 0x90],
    ['the topic constructor', say('constructor'), 0x90],
  ])('%s', (_name, bytes, code) => {
    expect(check(4, bytes)).toMatchObject({ok: false, code});
  });

  it.each<[name: string, bytes: Buffer, code: number]>([
    ['an empty topic without an alias', packet(0x30, field(''), '00'), 0x82],
    ['an alias that stands for nothing', packet(0x30, field(''), '03 230001'), 0x82],
    ['alias 0', packet(0x30, field('a'), '03 230000'), 0x82],
    ['an alias above the maximum', packet(0x30, field('a'), '03 230003'), 0x94],
    ['a subscription identifier', packet(0x30, field('a'), '02 0b01'), 0x81],
    ['a length that is not minimal', hex('308400 0001 61 00'), 0x81],
  ])('%s in MQTT 5', (_name, bytes, code) => {
    expect(check(5, bytes, LIMITS)).toMatchObject({ok: false, code});
  });

  it('any alias where none was announced', () => {
    expect(check(5, packet(0x30, field('a'), '03 230001'))).toMatchObject({code: 0x94});
  });
});

describe('topic aliases', () => {
  it('stand for the topic they were last given with, on their connection only', () => {
    const connection = new GuardedConnection(LIMITS);
    connection.feed(CONNECT[5]);
    const topics = [
      packet(0x30, field('one'), '03 230001'),
      packet(0x30, field('two'), '03 230002'),
      packet(0x30, field(''), '03 230001'),
      packet(0x30, field('three'), '03 230001'),
      packet(0x30, field(''), '03 230001'),
      packet(0x30, field(''), '03 230002'),
    ].map(bytes => {
      expect(connection.feed(bytes)).toBeUndefined();
      const verdict = connection.verdicts.at(-1)!;
      return verdict instanceof PublishReader && verdict.topic;
    });
    expect(topics).toEqual(['one', 'two', 'one', 'three', 'three', 'two']);
    expect(check(5, packet(0x30, field(''), '03 230001'), LIMITS)).toMatchObject({code: 0x82});
  });
});

it('recognises topics again, whatever else comes between', () => {
  const reader = new PublishReader(4, DEFAULT_LIMITS);
  for (let round = 0; round < 30; round++) {
    const topic = `t/acme/d/pump-1/telemetry/${round % 6}`;
    const bytes = say(topic);
    expect(reader.read(bytes, 0, 2, bytes.length)).toBeUndefined();
    expect(reader.topic).toBe(topic);
  }
});

it('compares bytes with those of a topic', () => {
  const bytes = say('me/telemetry');
  expect(isAt(bytes, 4, 16, Buffer.from('me/telemetry'))).toBe(true);
  expect(isAt(bytes, 4, 16, Buffer.from('me/telemetrx'))).toBe(false);
  expect(isAt(bytes, 4, 15, Buffer.from('me/telemetry'))).toBe(false);
});

describe('replacing a topic', () => {
  const replaced = (version: 4 | 5, bytes: Buffer, topic: string): Buffer => {
    const reader = new PublishReader(version, LIMITS);
    const bodyStart = bytes[1]! < 0x80 ? 2 : 3;
    expect(reader.read(bytes, 0, bodyStart, bytes.length)).toBeUndefined();
    return replaceTopic(bytes, 0, reader, topic);
  };

  it('changes nothing else', () => {
    expect(replaced(4, packet(0x3b, field('me/x'), '0009', 'cafe'), 't/acme/x')).toEqual(
      packet(0x3b, field('t/acme/x'), '0009', 'cafe'),
    );
    expect(replaced(4, packet(0x30, field('me/x')), '')).toEqual(packet(0x30, field('')));
    expect(replaced(5, packet(0x32, field('a'), '0009', '02 0101', 'cafe'), 'ü')).toEqual(
      packet(0x32, field('ü'), '0009', '02 0101', 'cafe'),
    );
    expect(replaced(5, packet(0x30, field('a'), '00', 'cafe'), 'b')).toEqual(
      packet(0x30, field('b'), '00', 'cafe'),
    );
  });

  it('takes the topic alias out', () => {
    expect(replaced(5, packet(0x32, field('a'), '0001', '0a 0101 230002 0200000009', '0e'), 'b')).toEqual(
      packet(0x32, field('b'), '0001', '07 0101 0200000009', '0e'),
    );
  });

  it('makes the header longer where the packet grows', () => {
    const grown = replaced(4, packet(0x30, field('a'), Buffer.alloc(100)), 'x'.repeat(200));
    expect(grown).toEqual(packet(0x30, field('x'.repeat(200)), Buffer.alloc(100)));
  });
});
