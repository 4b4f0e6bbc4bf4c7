import {createHash} from 'node:crypto';
import fc from 'fast-check';
import {describe, expect, it} from 'vitest';
import {canonicalJson, digestOf, FIRST_PREV_HASH, readRecord, sealRecord} from '../../src/audit/record.js';
import type {AuditEntry} from '../../src/domain/audit.js';

/** An IEEE 754 double from its bits. */
function double(hex: string): number {
  const view = new DataView(new ArrayBuffer(8));
  view.setBigUint64(0, BigInt(`0x${hex}`));
  return view.getFloat64(0);
}

describe('canonical JSON (RFC 8785)', () => {
  // Appendix B.
  it.each([
    ['0000000000000000', '0'],
    ['8000000000000000', '0'],
    ['0000000000000001', '5e-324'],
    ['8000000000000001', '-5e-324'],
    ['7fefffffffffffff', '1.7976931348623157e+308'],
    ['ffefffffffffffff', '-1.7976931348623157e+308'],
    ['4340000000000000', '9007199254740992'],
    ['c340000000000000', '-9007199254740992'],
    ['4430000000000000', '295147905179352830000'],
    ['44b52d02c7e14af5', '9.999999999999997e+22'],
    ['44b52d02c7e14af6', '1e+23'],
    ['44b52d02c7e14af7', '1.0000000000000001e+23'],
    ['444b1ae4d6e2ef4e', '999999999999999700000'],
    ['444b1ae4d6e2ef4f', '999999999999999900000'],
    ['444b1ae4d6e2ef50', '1e+21'],
    ['3eb0c6f7a0b5ed8c', '9.999999999999997e-7'],
    ['3eb0c6f7a0b5ed8d', '0.000001'],
    ['41b3de4355555553', '333333333.3333332'],
    ['41b3de4355555554', '333333333.33333325'],
    ['41b3de4355555555', '333333333.3333333'],
    ['41b3de4355555556', '333333333.3333334'],
    ['41b3de4355555557', '333333333.33333343'],
    ['becbf647612f3696', '-0.0000033333333333333333'],
    ['43143ff3c1cb0959', '1424953923781206.2'],
  ])('writes the double %s as %s', (bits, text) => {
    expect(canonicalJson(double(bits))).toBe(text);
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY, undefined, () => 1])('refuses %s', value => {
    expect(() => canonicalJson(value)).toThrow();
  });

  it('escapes what has to be escaped, and nothing else (3.2.2)', () => {
    const value = {
      numbers: [Number('333333333.33333329'), 1e30, 4.5, 2e-3, 0.000000000000000000000000001],
      string: '\u20ac$\u000F\u000aA\'\u0042\u0022\u005c\\"/',
      literals: [null, true, false],
    };
    expect(canonicalJson(value)).toBe(
      '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],' +
        '"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}',
    );
    expect(canonicalJson('\b\t\n\f\r\u0000\u001f\u007f\u2028')).toBe(
      '"\\b\\t\\n\\f\\r\\u0000\\u001f\u007f\u2028"',
    );
  });

  it('orders keys by UTF-16 code units (3.2.3)', () => {
    const keys = ['\u20ac', '\r', '\ufb33', '1', '\u{1f600}', '\u0080', '\u00f6'];
    const value = Object.fromEntries(keys.map(key => [key, 0]));
    expect(Object.keys(JSON.parse(canonicalJson(value)) as object).filter(key => key !== '1')).toEqual([
      '\r',
      '\u0080',
      '\u00f6',
      '\u20ac',
      '\u{1f600}',
      '\ufb33',
    ]);
    expect(canonicalJson({b: {d: 1, c: 2}, a: [{z: 1, y: 2}], 10: 0, 9: 0})).toBe(
      '{"10":0,"9":0,"a":[{"y":2,"z":1}],"b":{"c":2,"d":1}}',
    );
  });

  it('is the same for equal values and keeps every one', () => {
    fc.assert(
      fc.property(fc.jsonValue(), value => {
        const text = canonicalJson(value);
        expect(canonicalJson(JSON.parse(text))).toBe(text);
        expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });
});

describe('a digest', () => {
  it('is the same whatever the order of the keys, and another one for another state', () => {
    expect(digestOf({a: 1, b: [true]})).toBe(digestOf({b: [true], a: 1}));
    expect(digestOf({a: 1})).not.toBe(digestOf({a: 2}));
    // printf '{"a":1}' | sha256sum
    expect(digestOf({a: 1})).toBe('015abd7f5cc57a2dd94b7590f04ad8084273905ee33ec5cebeae62276a97f862');
  });
});

const ENTRY: AuditEntry = {
  timeMs: 0,
  tenant: 'acme',
  actor: {kind: 'system', name: 'platform'},
  action: 'start',
  target: 'platform',
  outcome: 'allowed',
};

describe('a stored text', () => {
  const record = sealRecord(ENTRY, {seq: 1, prevHash: FIRST_PREV_HASH});
  const text = canonicalJson(record);

  it('has the hash of the hash before and of its canonical JSON without its own', () => {
    const prevHash = 'ab'.repeat(32);
    const next = sealRecord({...ENTRY, timeMs: 1}, {seq: 2, prevHash});
    const content =
      '{"action":"start","actor":{"address":null,"kind":"system","name":"platform","tokenId":null,"userAgent":null},' +
      '"after":null,"before":null,"count":1,"outcome":"allowed",' +
      `"prevHash":"${prevHash}","reason":null,"seq":2,"target":"platform","tenant":"acme",` +
      '"time":"1970-01-01T00:00:00.001Z","traceId":null}';
    expect(next.hash).toBe(createHash('sha256').update(prevHash).update(content).digest('hex'));
  });

  it('is read as its record', () => expect(readRecord(text)).toEqual(record));

  it.each([
    ['white space', text.replace(':', ': ')],
    ['a key twice', text.replace('{"action"', '{"action":"stop","action"')],
    ['an escape that means the same', text.replace('"start"', '"\\u0073tart"')],
    ['one more key', text.replace('{"action"', '{"a":1,"action"')],
    ['a missing key', text.replace('"count":1,', '')],
    ['another value', text.replace('"count":1', '"count":2')],
    ['another hash', text.replace(/"hash":"./, '"hash":"z')],
    ['a seq that is no number', text.replace('"seq":1', '"seq":"1"')],
    ['half of it', text.slice(0, 40)],
    ['null', 'null'],
    ['an array', '[]'],
    ['nothing', ''],
    ['very deep JSON', '['.repeat(100_000) + ']'.repeat(100_000)],
  ])('with %s is none', (_, changed) => {
    expect(changed).not.toBe(text);
    expect(readRecord(changed)).toEqual(expect.any(String));
  });
});
