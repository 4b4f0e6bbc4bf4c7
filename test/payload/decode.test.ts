import {encode} from 'cborg';
import fc from 'fast-check';
import protobuf from 'protobufjs/light.js';
import {describe, expect, it} from 'vitest';
import {decodePayload, guessPayload, type PayloadFormat} from '../../src/payload/decode.js';
import {SPARKPLUG} from '../../src/payload/sparkplug-schema.js';

const NOW_MS = 1_700_000_000_000;
const bytesOf = (hex: string): Uint8Array => Buffer.from(hex.replaceAll(/\s/g, ''), 'hex');
const decoded = (bytes: Uint8Array, format: PayloadFormat): unknown => decodePayload({bytes}, format, NOW_MS);
const resolved = (json: unknown): unknown => decodePayload({json}, 'senml', NOW_MS);

describe('CBOR', () => {
  it.each([
    // RFC 8949, appendix A.
    ['bf61610161629f0203ffff', {a: 1, b: [2, 3]}],
    ['c11a514b67b0', '2013-03-21T20:04:00.000Z'],
    ['c249010000000000000000', '18446744073709551616'],
    ['d818456449455446', '6449455446'],
    ['d74401020304', '01020304'],
    ['f97e00', 'NaN'],
    ['f7', null],
    ['a201020304', {1: 2, 3: 4}],
  ])('%s', (hex, value) => expect(decoded(bytesOf(hex), 'cbor')).toEqual(value));

  it.each(['', '1a0000', '8202', '5b7fffffffffffffff', '81'.repeat(100_000), '0101'])('refuses %.20s', hex =>
    expect(() => decoded(bytesOf(hex), 'cbor')).toThrow(),
  );

  it('gives every JSON value back', () =>
    fc.assert(
      fc.property(fc.jsonValue({noUnpairedSurrogates: true} as object), value => {
        const plain = JSON.parse(JSON.stringify(value)) as unknown;
        expect(decoded(encode(plain), 'cbor')).toEqual(plain);
      }),
    ));
});

describe('SenML', () => {
  it('resolves the example of RFC 8428, 5.1.3', () => {
    const pack = [
      {
        bn: 'urn:dev:ow:10e2073a01080063:',
        bt: 1.276020076e9,
        bu: 'A',
        bver: 5,
        n: 'voltage',
        u: 'V',
        v: 120.1,
      },
      {n: 'current', t: -1, v: 1.3},
    ];
    expect(resolved(pack)).toEqual([
      {n: 'urn:dev:ow:10e2073a01080063:voltage', u: 'V', v: 120.1, t: 1276020076},
      {n: 'urn:dev:ow:10e2073a01080063:current', u: 'A', v: 1.3, t: 1276020075},
    ]);
  });

  it('adds base values and sums, and takes small times as relative to when it came', () =>
    expect(
      resolved([{bn: 'a', bv: 20, bs: 1, n: 'b', v: 1.5, s: 2, t: -5}, {n: 'c', vs: 'on'}, {n: 'd'}]),
    ).toEqual([
      {n: 'ab', v: 21.5, s: 3, t: 1_699_999_995},
      {n: 'ac', vs: 'on', s: 1, t: 1_700_000_000},
      {n: 'ad', v: 20, s: 1, t: 1_700_000_000},
    ]));

  it('reads the labels of CBOR', () => {
    const pack = [
      new Map<number, unknown>([
        [-2, 'dev:'],
        [0, 'temp'],
        [1, 'Cel'],
        [2, 21.5],
      ]),
    ];
    expect(decoded(encode(pack), 'senml')).toEqual([{n: 'dev:temp', u: 'Cel', v: 21.5, t: 1_700_000_000}]);
  });

  it.each([
    [[{n: 'a', v: 1, vs: 'b'}], 'v and vs'],
    [[{n: 'a b', v: 1}], 'not a name'],
    [[{n: 'a', v: 'x'}], 'v is no number'],
    [[{n: 'a', v: 1, new_: 1}], 'has to be understood'],
    [[{bver: 11, n: 'a', v: 1}], 'version 11'],
    [{n: 'a', v: 1}, 'not an array'],
  ])('refuses %j', (pack, message) => expect(() => resolved(pack)).toThrow(message));
});

describe('Sparkplug B', () => {
  const type = protobuf.Root.fromJSON(SPARKPLUG).lookupType('Payload');
  const encoded = (payload: object): Uint8Array => type.encode(type.fromObject(payload)).finish();

  it('reads the bytes that another implementation writes', () => {
    // timestamp 1486144502122, one metric (name "temp", Double 21.5), seq 3; made by hand from the wire format.
    const bytes = bytesOf('08ea f2f5 a8a0 2b 12 11 0a04 74656d70 200a 690000000000803540 1803');
    expect(decoded(bytes, 'sparkplug')).toEqual({
      timestamp: 1486144502122,
      metrics: [{datatype: 10, name: 'temp', value: 21.5}],
      seq: 3,
    });
  });

  it('knows signed numbers, times, null, bytes and data sets', () => {
    const metrics = [
      {alias: 7, datatype: 3, intValue: 4_294_967_295},
      {name: 'wide', datatype: 4, longValue: '18446744073709551614'},
      {name: 'big', datatype: 8, longValue: '18446744073709551615'},
      {name: 'at', datatype: 13, longValue: '1700000000000'},
      {name: 'none', datatype: 9, isNull: true},
      {name: 'raw', datatype: 17, bytesValue: Buffer.from([1, 255])},
      {
        name: 'set',
        datatype: 16,
        datasetValue: {numOfColumns: 1, columns: ['a'], types: [3], rows: [{elements: [{intValue: 5}]}]},
      },
    ];
    expect(decoded(encoded({metrics}), 'sparkplug')).toEqual({
      metrics: [
        {alias: 7, datatype: 3, value: -1},
        {name: 'wide', datatype: 4, value: -2},
        {name: 'big', datatype: 8, value: '18446744073709551615'},
        {name: 'at', datatype: 13, value: '2023-11-14T22:13:20.000Z'},
        {name: 'none', datatype: 9, value: null},
        {name: 'raw', datatype: 17, value: '01ff'},
        {
          name: 'set',
          datatype: 16,
          value: {numOfColumns: 1, columns: ['a'], types: [3], rows: [{elements: [{value: 5}]}]},
        },
      ],
    });
  });
});

describe('a guess', () => {
  const guess = (payload: Parameters<typeof guessPayload>[0]) => guessPayload(payload, NOW_MS)?.format;

  it('tells formats apart', () => {
    const sparkplug = protobuf.Root.fromJSON(SPARKPLUG).lookupType('Payload');
    expect(guess({bytes: encode({temperature: 1})})).toBe('cbor');
    expect(guess({bytes: encode([{n: 'a', v: 1}])})).toBe('senml');
    expect(
      guess({bytes: sparkplug.encode(sparkplug.fromObject({timestamp: 1, metrics: [{name: 'a'}]})).finish()}),
    ).toBe('sparkplug');
    expect(guess({bytes: bytesOf('ff00')})).toBe('hex');
    expect(guess({bytes: Buffer.from('{"temperature":')})).toBe('hex');
    expect(guess({json: [{n: 'a', v: 1}]})).toBe('senml');
    expect(guess({json: [{temperature: 1}]})).toBeUndefined();
  });

  it('never fails, whatever the bytes', () =>
    fc.assert(
      fc.property(fc.uint8Array(), bytes => {
        expect(guessPayload({bytes}, NOW_MS)).toBeDefined();
      }),
    ));
});
