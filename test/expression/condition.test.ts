import {describe, expect, it} from 'vitest';
import type {NewEvent} from '../../src/domain/event.js';
import {parseCondition} from '../../src/expression/condition.js';
import {sampleEvent} from '../stream/sample-events.js';

interface Case {
  readonly data?: unknown;
  readonly fields?: Partial<NewEvent>;
  readonly labels?: Record<string, string>;
}

function holds(text: string, {data = {}, fields = {}, labels = {}}: Case = {}): boolean {
  const event = {...sampleEvent({payload: Buffer.from(JSON.stringify(data)), ...fields}), offset: 7};
  return parseCondition(text, 'where').matches(event, labels);
}

const refusal = (text: string): string => {
  try {
    parseCondition(text, 'where');
  } catch (error) {
    return (error as Error).message;
  }
  return 'none';
};

describe('a condition', () => {
  it.each<[string, Case, boolean]>([
    ['temperature > 30', {data: {temperature: 30.5}}, true],
    ['temperature > 30', {data: {temperature: 30}}, false],
    ['temperature * 2 - 1 > 60 && temperature % 2 == 1', {data: {temperature: 31}}, true],
    ['motor.speed > 2', {data: {motor: {speed: 3}}}, true],
    ['data["motor.speed"] > 2', {data: {'motor.speed': 3}}, true],
    ['open', {data: {open: true}}, true],
    ['mode == "auto"', {data: {mode: 'auto'}}, true],
    ['alarms.exists(code, code >= 40)', {data: {alarms: [3, 41]}}, true],
    ['alarms.all(code, code >= 40)', {data: {alarms: [3, 41]}}, false],
    ['device == "lamp-1"', {fields: {device: 'lamp-1'}}, true],
    ['type == "telemetry" && type.startsWith("tele")', {}, true],
    ['component == "left"', {fields: {component: 'left'}}, true],
    ['severity == "critical"', {fields: {attributes: {severity: 'critical'}}}, true],
    ['attributes.severity == "critical"', {fields: {attributes: {severity: 'critical'}}}, true],
    ['labels.site == "oslo"', {labels: {site: 'oslo'}}, true],
    ['labels.site == "oslo"', {}, false],
    [
      'time - recordedtime > duration("5m")',
      {fields: {timeMs: 1_700_000_301_000, recordedMs: 1_700_000_000_000}},
      true,
    ],
  ])('%s of %j', (text, event, expected) => expect(holds(text, event)).toBe(expected));

  it('holds for an event when it holds for one of its readings', () => {
    const data = [{temperature: 3}, {ts: 1_700_000_000_000, v: {temperature: 31}}];
    expect(holds('temperature > 30', {data})).toBe(true);
    // Of one reading, not of two.
    expect(holds('temperature > 30 && temperature < 5', {data})).toBe(false);
  });

  it('does not hold where it asks for what is not there, or is of another type', () => {
    for (const text of ['pressure > 30', '!(pressure > 30)', 'pressure.x == 1', 'temperature > "a"'])
      expect(holds(text, {data: {temperature: 31}}), text).toBe(false);
    expect(holds('pressure > 30 || temperature > 30', {data: {temperature: 31}})).toBe(true);
    expect(holds('has(data.pressure)', {data: {temperature: 31}})).toBe(false);
  });

  it('takes its own names before those of a device, which are in data', () => {
    const data = {device: 'other', labels: 3, ['__proto__']: {site: 'x'}};
    expect(holds('device == "other"', {data})).toBe(false);
    expect(holds('data.device == "other"', {data})).toBe(true);
    expect(holds('toString == 1 || constructor == 1 || site == "x"', {data})).toBe(false);
    expect(holds('constructor == 1', {data: {constructor: 1}})).toBe(true);
  });

  it('knows nothing of bytes', () => {
    const fields = {payload: Buffer.from([0xff]), contentType: 'application/octet-stream' as const};
    expect(holds('temperature > 30', {fields})).toBe(false);
    expect(holds('type == "telemetry"', {fields})).toBe(true);
  });
});

describe('what is refused before anything is read', () => {
  it.each([
    ['temperature >', 'where: it ends where a value was expected, at character 14 of "temperature >"'],
    ['device > 3', 'where: no such overload: string > int; device is string, at character 1 of "device > 3"'],
    ['true && type == 3', 'where: no such overload: string == int; type is string, at character 9 of'],
    ['time > "2026"', 'Timestamp > string; time is Timestamp'],
    ['device', 'where: it gives string, and a condition gives true or false'],
    ['sin(x) > 1', 'where: there is no function sin(), at character 1 of'],
    ['has(x)', 'has() expects a path, such as has(data.temperature), at character 5'],
    ['', 'it ends where a value was expected'],
  ])('%s', (text, message) => expect(refusal(text)).toContain(message));

  it.each([
    ['x.matches("(a+)+$")', 'no function matches()'],
    ['[1].map(a, a).size() > 0', 'no function map()'],
    ['cel.bind(a, x, a + a) == 1', 'no function bind()'],
    ['x.exists(a, y.exists(b, a == b))', 'exists() inside another function over a list'],
    ['x.exists(a, a == data)', 'data inside a function over a list'],
    [Array(5).fill('x.all(a, a == 1)').join('||'), 'more than 4 functions over lists'],
    ['('.repeat(200), 'maxDepth'],
    [`${'1+'.repeat(600)}1 == 1`, 'maxAstNodes'],
    [`"${'a'.repeat(4000)}" == device`, 'longer than 4000 characters'],
  ])('what could take long: %.40s', (text, message) => expect(refusal(text)).toContain(message));

  it('does not look through lists of a large event', () => {
    const xs = Array.from({length: 20_000}, () => 1);
    expect(holds('xs.exists(x, x == 1)', {data: {xs}})).toBe(false);
    expect(holds('xs.size() == 20000', {data: {xs}})).toBe(true);
  });
});
