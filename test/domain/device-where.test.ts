import fc from 'fast-check';
import {describe, expect, it} from 'vitest';
import {parseSort} from '../../src/domain/device-sort.js';
import {parseWhere} from '../../src/domain/device-where.js';
import {IotctlError} from '../../src/domain/errors.js';

const NOW = Date.parse('2026-11-28T12:00:00Z');
const MINUTE_MS = 60_000;

describe('where', () => {
  it('reads terms of every type', () => {
    expect(parseWhere(`label.site=oslo|"a, b" , !lastSeen,version>=3,id~pump-*,via!=g-1`, NOW)).toEqual([
      {field: {name: 'label', key: 'site'}, test: 'any-of', wanted: true, values: ['oslo', 'a, b']},
      {field: {name: 'lastSeen', key: null}, test: 'present', wanted: false},
      {field: {name: 'version', key: null}, test: 'number', operator: '>=', value: 3},
      {field: {name: 'id', key: null}, test: 'like', wanted: true, pattern: 'pump-*'},
      {field: {name: 'via', key: null}, test: 'any-of', wanted: false, values: ['g-1']},
    ]);
  });

  it('compares the age with a duration, and the time itself with a time', () => {
    expect(parseWhere('lastSeen>10m', NOW)).toMatchObject([{operator: '<', timeMs: NOW - 10 * MINUTE_MS}]);
    expect(parseWhere('lastSeen<=1h30m', NOW)).toMatchObject([
      {operator: '>=', timeMs: NOW - 90 * MINUTE_MS},
    ]);
    for (const time of ['2026-11-28T11:50:00Z', 'now-10m'])
      expect(parseWhere(`created>${time}`, NOW)).toMatchObject([
        {operator: '>', timeMs: NOW - 10 * MINUTE_MS},
      ]);
  });

  it.each([
    ['', 'character 1: expected a field, found its end'],
    ['colour=red', 'character 1: expected a field (id, model, '],
    ['label=x', 'character 1: expected a field (id, model, '],
    ['label.1x=x', 'character 1: expected a field (id, model, '],
    ['id=', 'character 4: expected a value, such as oslo or "two words", found its end'],
    ['id=a,', 'character 6: expected a field, found its end'],
    ['id=a b,,', 'character 8: expected a field, found ","'],
    [`id="a`, `character 4: expected a value, such as oslo or "two words", found "\\"a"`],
    ['id="a"b', 'character 7: expected a comma or the end, found "b"'],
    ['lastSeen=10m', 'character 9: expected one of < <= > >= and an age, such as 10m, or a time'],
    ['lastSeen>soon', 'character 9: expected one of < <= > >= and an age'],
    ['health=fine', 'character 7: expected = or != and some of ok, degraded, tampered after health'],
    ['version>x', 'character 8: expected one of = != < <= > >= and a number after version'],
    ['label.site>5', 'character 11: expected one of = != ~ !~ after label.site'],
    ['id~******', 'character 3: expected one pattern with at most 5 stars'],
  ])('says of %j where it is wrong', (text, message) => {
    expect(() => parseWhere(text, NOW)).toThrow(`where, ${message}`);
  });

  it('takes any value in quotes', () => {
    fc.assert(
      fc.property(fc.string({maxLength: 300}), fc.constantFrom(`"`, `'`), (value, quote) => {
        const quoted = quote + value.replaceAll(/["'\\]/g, '\\$&') + quote;
        expect(parseWhere(`metadata.place = ${quoted} , id=x`, NOW)[0]).toMatchObject({values: [value]});
      }),
    );
  });

  it('fails with nothing but its own error, in no time', () => {
    const piece = fc.constantFrom(
      'id',
      'label.',
      'lastSeen',
      '=',
      '!',
      '~',
      '>',
      ',',
      '|',
      '"',
      "'",
      '\\',
      ' ',
      '9',
    );
    fc.assert(
      fc.property(fc.array(fc.oneof(piece, fc.string()), {maxLength: 60}), pieces => {
        try {
          parseWhere(pieces.join(''), NOW);
        } catch (error) {
          expect(error).toBeInstanceOf(IotctlError);
        }
      }),
    );
    const startedMs = performance.now();
    for (const text of ['"'.repeat(8000), `id="${'\\'.repeat(7000)}`, ' '.repeat(8000), 'id=a|'.repeat(1600)])
      expect(() => parseWhere(text, NOW)).toThrow(IotctlError);
    expect(performance.now() - startedMs).toBeLessThan(500);
  });
});

it('sort names a field and a direction', () => {
  expect(parseSort('label.site:desc')).toEqual({field: {name: 'label', key: 'site'}, descending: true});
  for (const text of ['', 'via', 'id:up', 'id:asc:asc', 'constructor'])
    expect(() => parseSort(text)).toThrow('sort: expected FIELD, FIELD:asc or FIELD:desc');
});
