import {describe, expect, it} from 'vitest';
import {eventLine} from '../../../src/cli/tail/event-line.js';
import {parseTemplate} from '../../../src/cli/tail/template.js';
import {eventOf} from '../../support/fake-platform.js';

const TIME = '2026-01-31T12:00:00.000Z';

describe('a template', () => {
  it.each([
    ['{{device}} {{data.temperature}}', {data: {temperature: 21.5}}, 'lamp-1 21.5'],
    ['{{ type }}:{{data.motor}}', {data: {motor: {speed: 2}}}, 'telemetry:{"speed":2}'],
    ['{{data.motor.speed}}\\t{{nothing}}|', {data: {motor: {speed: 2}}}, '2\t|'],
    ['{{data.temperature}}', {data: [{humidity: 1}, {ts: 5, v: {temperature: 3}}]}, '3'],
    ['{{data.toString}}{{constructor}}', {data: {a: 1}}, ''],
    ['{{data.name}}', {data: {name: 'a\nb\u009b2J'}}, 'a\\x0ab\\x9b2J'],
    ['{{skew}}', {recordedtime: '2026-01-31T12:00:01.500Z'}, '-1500'],
    ['{{data}}', {data: {a: [1]}}, '{"a":[1]}'],
    ['plain', {}, 'plain'],
  ])('%s', (text, fields, line) => expect(parseTemplate(text)(eventOf(0, fields))).toBe(line));

  it.each(['{{device', 'device}}', '{{}}', '{{a b}}', '{{data..x}}'])('refuses %s', text =>
    expect(() => parseTemplate(text)).toThrow(/placeholder|alone/),
  );
});

describe('a line', () => {
  it.each([
    [TIME, '-'],
    ['2026-01-31T12:00:00.213Z', '12:00:00.213 (-213ms)'],
    ['2026-01-31T11:59:58.000Z', '11:59:58.000 (+2.0s)'],
    ['2026-01-31T10:00:00.000Z', '10:00:00.000 (+2.0h!)'],
    ['2026-02-02T12:00:00.000Z', '2026-02-02T12:00:00.000Z (-2.0d)'],
  ])('shows that the platform had it at %s as %s', (recordedtime, shown) =>
    expect(
      eventLine(eventOf(0, {time: TIME, recordedtime}))
        .split('  ')
        .slice(0, 3),
    ).toEqual([TIME, shown, 'lamp-1']),
  );
});
