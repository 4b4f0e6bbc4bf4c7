import {describe, expect, it} from 'vitest';
import {decodeTelemetry, readingsOf} from '../../src/domain/telemetry.js';

const decode = (text: string) => decodeTelemetry(Buffer.from(text));

describe('telemetry', () => {
  it.each([
    ['{"temperature":21.5}', undefined],
    ['{"ts":1700000000000,"v":{"temperature":21.5}}', 1_700_000_000_000],
    ['[{"ts":3,"v":{"a":1}},{"ts":5,"v":{"a":2}},{"b":1}]', 5],
    ['{"ts":12}', undefined],
    ['{"ts":null,"v":{"a":1}}', undefined],
    ['{"näme":"ü"}', undefined],
    ['{}', undefined],
  ])('%s is decoded', (text, timeMs) =>
    expect(decode(text)).toEqual({ok: true, timeMs, body: JSON.parse(text) as unknown}),
  );

  it.each([
    ['', /not JSON/],
    ['21.5', /not an object/],
    ['[]', /empty array/],
    ['[1]', /not an object/],
    ['{"a":', /not JSON/],
    ['{"ts":"yesterday","v":{"a":1}}', /Unix milliseconds/],
    ['{"ts":1e300,"v":{"a":1}}', /Unix milliseconds/],
    [`${'{"a":'.repeat(40)}1${'}'.repeat(40)}`, /nested deeper/],
  ])('%s is undecodable', (text, reason) => {
    const decoded = decode(text);
    expect(decoded.ok ? '' : decoded.reason).toMatch(reason);
  });

  it('is undecodable when it is not UTF-8', () => {
    expect(decodeTelemetry(Buffer.from([0x7b, 0xff, 0x7d]))).toEqual({ok: false, reason: 'not UTF-8'});
  });
});

describe('readings', () => {
  it('are the numbers and truth values, with joined names and their own times', () => {
    const body = [
      {ts: 5, v: {temperature: 21.5, door: {open: true, code: 'x'}}},
      {humidity: 40, list: [1]},
    ];
    expect(readingsOf(body)).toEqual([
      {timeMs: 5, metric: 'temperature', value: 21.5},
      {timeMs: 5, metric: 'door.open', value: 1},
      {timeMs: undefined, metric: 'humidity', value: 40},
    ]);
  });

  it('survive hostile names', () => {
    expect(readingsOf(JSON.parse('{"__proto__":1,"constructor":2}'))).toEqual([
      {timeMs: undefined, metric: '__proto__', value: 1},
      {timeMs: undefined, metric: 'constructor', value: 2},
    ]);
  });
});
