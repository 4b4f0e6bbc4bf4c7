import {describe, expect, it} from 'vitest';
import {DEFAULT_LIMITS} from '../../../src/broker/guard/check-packet.js';
import {check, checkFirst, field, hex, packet} from './packets.js';

/** Each packet that a client may send with properties, around a list of them. */
const AROUND: Record<string, (list: Buffer) => Buffer> = {
  connect: list => packet(0x10, field('MQTT'), '0502003c', list, field('a')),
  will: list => packet(0x10, field('MQTT'), '0506003c', '00', field('a'), list, field('w'), field('x')),
  publish: list => packet(0x30, field('t'), list),
  puback: list => packet(0x40, '0001 00', list),
  pubrec: list => packet(0x50, '0001 00', list),
  pubrel: list => packet(0x62, '0001 00', list),
  pubcomp: list => packet(0x70, '0001 00', list),
  subscribe: list => packet(0x82, '0001', list, field('t'), '00'),
  unsubscribe: list => packet(0xa2, '0001', list, field('t')),
  disconnect: list => packet(0xe0, '00', list),
};

const ACKNOWLEDGEMENTS = ['puback', 'pubrec', 'pubrel', 'pubcomp'];
const LIMITS = {...DEFAULT_LIMITS, topicAliasMaximum: 10};

const list = (...properties: Buffer[]): Buffer => {
  const bytes = Buffer.concat(properties);
  return Buffer.concat([packet(0, bytes).subarray(1, packet(0, bytes).length - bytes.length), bytes]);
};

const verdictOf = (place: string, ...properties: Buffer[]) => {
  const bytes = AROUND[place]!(list(...properties));
  return place === 'connect' || place === 'will' ? checkFirst(bytes, LIMITS) : check(5, bytes, LIMITS);
};

interface Row {
  readonly name: string;
  /** Values, in hex with the identifier. */
  readonly valid: readonly string[];
  readonly invalid?: readonly [hex: string, code: number][];
  readonly cutShort: string;
  readonly places: readonly string[];
}

const ROWS: readonly Row[] = [
  {
    name: 'payload format indicator',
    valid: ['0100', '0101'],
    invalid: [['0102', 0x82]],
    cutShort: '01',
    places: ['publish', 'will'],
  },
  {
    name: 'message expiry',
    valid: ['0200000000', '02ffffffff'],
    cutShort: '02ffffff',
    places: ['publish', 'will'],
  },
  {
    name: 'content type',
    valid: ['03 0001 61', '03 0000'],
    invalid: [
      ['03 0001 00', 0x81],
      ['03 0001 ff', 0x81],
    ],
    cutShort: '03 0002 61',
    places: ['publish', 'will'],
  },
  {
    name: 'response topic',
    valid: ['08 0003 612f62'],
    invalid: [
      ['08 0000', 0x82],
      ['08 0001 23', 0x82],
      ['08 0001 2b', 0x82],
      ['08 0001 00', 0x81],
    ],
    cutShort: '08',
    places: ['publish', 'will'],
  },
  {
    name: 'correlation data',
    valid: ['09 0000', '09 0002 00ff'],
    cutShort: '09 00',
    places: ['publish', 'will'],
  },
  {
    name: 'subscription identifier',
    valid: ['0b01', '0bffffff7f'],
    invalid: [
      ['0b00', 0x82],
      ['0b8000', 0x81],
      ['0bffffffff7f', 0x81],
    ],
    cutShort: '0b80',
    places: ['subscribe'],
  },
  {name: 'session expiry', valid: ['1100000000'], cutShort: '11', places: ['connect', 'disconnect']},
  {
    name: 'request problem information',
    valid: ['1700', '1701'],
    invalid: [['1702', 0x82]],
    cutShort: '17',
    places: ['connect'],
  },
  {name: 'will delay', valid: ['1800000000', '18ffffffff'], cutShort: '180000', places: ['will']},
  {
    name: 'request response information',
    valid: ['1900', '1901'],
    invalid: [['19ff', 0x82]],
    cutShort: '19',
    places: ['connect'],
  },
  {name: 'server reference', valid: ['1c 0001 61'], cutShort: '1c 00', places: ['disconnect']},
  {
    name: 'reason string',
    valid: ['1f 0002 6f6b'],
    invalid: [['1f 0003 eda080', 0x81]],
    cutShort: '1f 0002 6f',
    places: [...ACKNOWLEDGEMENTS, 'disconnect'],
  },
  {
    name: 'receive maximum',
    valid: ['210001', '21ffff'],
    invalid: [['210000', 0x82]],
    cutShort: '2100',
    places: ['connect'],
  },
  {name: 'topic alias maximum', valid: ['220000', '22ffff'], cutShort: '22', places: ['connect']},
  {
    name: 'topic alias',
    valid: ['230001', '23000a'],
    invalid: [
      ['230000', 0x82],
      ['23000b', 0x94],
    ],
    cutShort: '2300',
    places: ['publish'],
  },
  {
    name: 'maximum packet size',
    valid: ['2700000001'],
    invalid: [['2700000000', 0x82]],
    cutShort: '27000000',
    places: ['connect'],
  },
];

describe.each(ROWS)('$name', ({valid, invalid = [], cutShort, places}) => {
  it.each(places)('is accepted in %s', place => {
    for (const value of valid) expect(verdictOf(place, hex(value))).toMatchObject({ok: true});
  });

  it.each(Object.keys(AROUND).filter(place => !places.includes(place)))('is malformed in %s', place => {
    expect(verdictOf(place, hex(valid[0]!))).toMatchObject({ok: false, code: 0x81});
  });

  it('is a protocol error when it comes twice', () => {
    for (const place of places)
      expect(verdictOf(place, hex(valid[0]!), hex(valid.at(-1)!))).toMatchObject({ok: false, code: 0x82});
  });

  it('is malformed when it is cut short', () => {
    for (const place of places)
      expect(verdictOf(place, hex(cutShort))).toMatchObject({ok: false, code: 0x81});
  });

  it('is refused outside its range', () => {
    for (const [value, code] of invalid)
      expect(verdictOf(places[0]!, hex(value)), value).toMatchObject({ok: false, code});
  });
});

describe('user properties', () => {
  const pair = Buffer.concat([hex('26'), field('key'), field('value')]);

  it.each(Object.keys(AROUND))('may come several times in %s', place => {
    expect(verdictOf(place, pair, pair, pair)).toMatchObject({ok: true});
  });

  it('may have any name', () => {
    const odd = Buffer.concat([hex('26'), field('__proto__'), field('')]);
    expect(verdictOf('publish', odd)).toMatchObject({ok: true});
  });

  it.each(['26', '26 0001 61', '26 0001 61 0002 61', '26 0001 00 0000', '26 0001 61 0001 ff'])(
    'are malformed: %s',
    value => {
      expect(verdictOf('publish', hex(value))).toMatchObject({ok: false, code: 0x81});
    },
  );

  it('are limited in number', () => {
    const pairs = (count: number) => Array.from({length: count}, () => pair);
    expect(verdictOf('publish', ...pairs(100))).toMatchObject({ok: true});
    expect(verdictOf('publish', ...pairs(101))).toMatchObject({code: 0x97});
    expect(verdictOf('publish', ...pairs(10_000))).toMatchObject({code: 0x97});
  });
});

describe('a list of properties', () => {
  it.each([
    ['of a client that only a server sends', '03 130001'],
    ['with an unknown identifier', '01 7f'],
    ['with the identifier 0', '01 00'],
    ['with an identifier of two bytes', '02 8001'],
    ['longer than the packet', '05 0100'],
    ['whose length is not minimal', '8200 0100'],
    ['whose length is cut short', '80'],
    ['whose length has five bytes', 'ffffffff7f'],
  ])('is malformed %s', (_name, text) => {
    expect(check(5, packet(0x30, field('t'), text))).toMatchObject({ok: false, code: 0x81});
  });

  it('is missing', () => {
    expect(check(5, packet(0x30, field('t')))).toMatchObject({ok: false, code: 0x81});
    expect(check(5, packet(0x82, '0001'))).toMatchObject({ok: false, code: 0x81});
  });

  it('of a response topic without value ends with a refusal, where aedes ended altogether', () => {
    const bytes = hex('32120005746f70696304d201087061796c6f6164');
    expect(check(5, bytes)).toMatchObject({ok: false, code: 0x81});
  });
});
