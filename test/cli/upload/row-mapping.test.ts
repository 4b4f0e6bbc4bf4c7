import {describe, expect, it} from 'vitest';
import {parseConversions} from '../../../src/cli/upload/conversion.js';
import {type MappingOptions, mapRow} from '../../../src/cli/upload/row-mapping.js';
import {parseUtcOffsetMs} from '../../../src/cli/upload/row-time.js';

const PLAIN: MappingOptions = {utcOffsetMs: 0, conversions: new Map()};
const NOON = Date.UTC(2026, 0, 1, 12);

it.each<[string, Record<string, unknown>, Partial<MappingOptions>, object]>([
  [
    'usual names',
    {device: 'a', time: '2026-01-01T12:00:00Z', t: '1.5', on: 'true', note: 'x'},
    {},
    {device: 'a', ts: NOON, v: {t: 1.5, on: true, note: 'x'}},
  ],
  [
    'no zone',
    {device: 'a', time: '2026-01-01 14:00', t: '1'},
    {utcOffsetMs: parseUtcOffsetMs('+02:00')},
    {device: 'a', ts: NOON, v: {t: 1}},
  ],
  [
    'a date',
    {device: 'a', time: '2026-01-01', t: '1'},
    {},
    {device: 'a', ts: NOON - 12 * 3_600_000, v: {t: 1}},
  ],
  ['seconds', {device: 'a', ts: String(NOON / 1000), t: '-.5e1'}, {}, {device: 'a', ts: NOON, v: {t: -5}}],
  ['milliseconds, as a number', {device: 'a', ts: NOON, t: 1}, {}, {device: 'a', ts: NOON, v: {t: 1}}],
  [
    'another zone',
    {device: 'a', time: '2026-01-01T07:00:00-05:00', t: '1'},
    {},
    {device: 'a', ts: NOON, v: {t: 1}},
  ],
  [
    'one device',
    {time: NOON, t: '1'},
    {device: 'b', component: 'motor'},
    {device: 'b', component: 'motor', ts: NOON, v: {t: 1}},
  ],
  ['a device that is a number', {device: 7, time: NOON, t: 1}, {}, {device: '7', ts: NOON, v: {t: 1}}],
  [
    'columns and their metrics',
    {device: 'a', time: NOON, x: '1', y: '2'},
    {columns: new Map([['x', 'temperature']])},
    {device: 'a', ts: NOON, v: {temperature: 1}},
  ],
  [
    'one metric a row',
    {device: 'a', time: NOON, metric: 'door.open', value: 'true', offset: '4'},
    {long: {name: 'metric', value: 'value'}},
    {device: 'a', ts: NOON, v: {'door.open': true}},
  ],
  [
    'as devices say it',
    {device: 'a', ts: NOON, v: {door: {open: true}}},
    {},
    {device: 'a', ts: NOON, v: {door: {open: true}}},
  ],
  ['an empty cell', {device: 'a', time: NOON, t: '', h: '3'}, {}, {device: 'a', ts: NOON, v: {h: 3}}],
  [
    'what only looks like a number',
    {device: 'a', time: NOON, serial: '0x1F', when: '12:30', inf: 'Infinity'},
    {},
    {device: 'a', ts: NOON, v: {serial: '0x1F', when: '12:30', inf: 'Infinity'}},
  ],
  [
    'units',
    {device: 'a', time: NOON, t: '212', p: '1'},
    {conversions: parseConversions(['t=fahrenheit:celsius', 'p=psi:bar'])},
    {device: 'a', ts: NOON, v: {t: 100, p: 0.06894757}},
  ],
  [
    '__proto__',
    JSON.parse(`{"device":"a","time":${NOON},"__proto__":"1"}`) as Record<string, unknown>,
    {},
    {device: 'a', ts: NOON},
  ],
])('reads %s', (_, cells, options, row) => {
  expect(mapRow(cells, {...PLAIN, ...options})).toMatchObject(row);
});

it.each<[string, Record<string, unknown>, Partial<MappingOptions>, string]>([
  [
    'no device',
    {time: NOON, t: 1},
    {},
    'no device: name its column with --device-column, or one with --device',
  ],
  ['no time', {device: 'a', t: 1}, {}, 'no time: name its column with --time-column'],
  ['a time that is none', {device: 'a', time: 'yesterday', t: 1}, {}, 'not a time: "yesterday"'],
  [
    'a month that is none',
    {device: 'a', time: '2026-13-01 00:00', t: 1},
    {},
    'not a time: "2026-13-01 00:00"',
  ],
  ['an empty time', {device: 'a', time: '', t: 1}, {}, 'not a time: ""'],
  ['nothing measured', {device: 'a', time: NOON, t: ''}, {}, 'nothing was measured'],
  ['a column that is not there', {device: 'a', t: 1}, {timeColumn: 'when'}, 'no column when'],
  [
    'a unit of a text',
    {device: 'a', time: NOON, t: 'hot'},
    {conversions: parseConversions(['t=K:C'])},
    't: not a number: "hot"',
  ],
])('says of %s what is wrong', (_, cells, options, reason) => {
  expect(mapRow(cells, {...PLAIN, ...options})).toEqual({reason});
});

describe('what is typed', () => {
  it.each([['t=C'], ['t=celsius:bar'], ['=C:F'], ['t=nothing:celsius']])('refuses --convert %s', text => {
    expect(() => parseConversions([text])).toThrow(/--convert/);
  });
  it.each([['2'], ['02:00'], ['Europe/Oslo']])('refuses --utc-offset %s', text => {
    expect(() => parseUtcOffsetMs(text)).toThrow(/--utc-offset/);
  });
});
