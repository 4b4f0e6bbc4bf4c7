import {describe, expect, it} from 'vitest';
import {parseReadingCondition} from '../../src/expression/reading-condition.js';

interface Case {
  readonly value?: number;
  readonly metrics?: Readonly<Record<string, number>>;
  readonly labels?: Readonly<Record<string, string>>;
}

function holds(text: string, {value = 0, metrics = {}, labels = {}}: Case = {}): boolean | undefined {
  const condition = parseReadingCondition(text, 'when');
  return condition.holds({
    value,
    device: 'lamp-1',
    component: 'left',
    timeMs: Date.UTC(2026, 0, 31, 12),
    metrics: condition.metrics.map(name => metrics[name]),
    labels: condition.labels.map(key => labels[key] ?? null),
  });
}

const refusal = (text: string): string => {
  try {
    parseReadingCondition(text, 'when');
  } catch (error) {
    return (error as Error).message;
  }
  return 'none';
};

describe('a condition on readings', () => {
  it.each<[string, Case, boolean | undefined]>([
    ['value > 30', {value: 30.5}, true],
    ['value == 30 || value % 2 == 1', {value: 30}, true],
    ['temperature > 30 && humidity < 20', {metrics: {temperature: 31, humidity: 19}}, true],
    ['motor.speed * 60 > 100', {metrics: {'motor.speed': 2}}, true],
    ['data["motor.speed"] > 1 && data.motor.speed > 1', {metrics: {'motor.speed': 2}}, true],
    ['data.time > 3 && data["a b"] < 1', {metrics: {time: 4, 'a b': 0}}, true],
    ['device == "lamp-1" && component == "left"', {}, true],
    [
      'labels.site == "oslo" && model.startsWith("fridge")',
      {labels: {site: 'oslo', model: 'fridge:2'}},
      true,
    ],
    ['time.getHours() >= 12 && time < timestamp("2026-02-01T00:00:00Z")', {}, true],
    // What is not known: neither, unless the other side decides.
    ['humidity < 20', {}, undefined],
    ['!(humidity < 20)', {}, undefined],
    ['temperature > 30 && humidity < 20', {metrics: {temperature: 31}}, undefined],
    ['temperature > 30 && humidity < 20', {metrics: {temperature: 30}}, false],
    ['humidity < 20 || temperature > 30', {metrics: {temperature: 31}}, true],
    ['has(data.humidity) && data.humidity < 20', {}, false],
    ['labels.site == "oslo"', {}, undefined],
    ['constructor > 1 || data.toString > 1', {}, undefined],
  ])('%s of %j', (text, known, expected) => expect(holds(text, known)).toBe(expected));

  it('says which metrics and labels it needs, each once', () => {
    const {metrics, labels} = parseReadingCondition(
      'a.b > 1 && data["a.b"] < 9 && c > data.a.b && value > 1 && labels.site == labels["site"] && model == "x"',
      'when',
    );
    expect(metrics).toEqual(['a.b', 'c']);
    expect(labels).toEqual(['site', 'model']);
  });

  it('keeps nothing of the reading before', () => {
    const condition = parseReadingCondition('humidity < 20 && labels.site == "oslo"', 'when');
    const known = {value: 1, device: 'a', component: '', timeMs: 0};
    expect(condition.holds({...known, metrics: [3], labels: ['oslo']})).toBe(true);
    expect(condition.holds({...known, metrics: [undefined], labels: ['oslo']})).toBeUndefined();
    expect(condition.holds({...known, metrics: [3], labels: [null]})).toBeUndefined();
  });
});

describe('what is refused before anything is read', () => {
  it.each([
    [
      'temperature == "hot"',
      'no such overload: double == string; temperature is a number, at character 1 of',
    ],
    ['open && value > 3', "Logical operator requires bool operands, got 'double'; open is a number"],
    ['temperature', 'when: it gives double, and a condition gives true or false'],
    ['labels.site > 3', 'no such overload: string > int'],
    ['time > 3', 'Timestamp > int; time is Timestamp'],
    ['labels == 3', 'labels expects one label by its key, such as labels.site'],
    ['data[device] > 3', 'data expects one metric by its name, such as data["motor.speed"]'],
    ['a > 1 && a.b > 1', 'begins like a.b: write data["a.b"]'],
    ['type > 3', 'type has another meaning in an expression: write data["type"]'],
    ['[1].exists(x, x == 1)', 'there are no lists of them'],
    ['value.matches("(a+)+$")', 'no function matches()'],
    [`${'1+'.repeat(600)}1 == 1`, 'maxAstNodes'],
    [`"${'a'.repeat(4000)}" == device`, 'longer than 4000 characters'],
    ['', 'it ends where a value was expected'],
  ])('%.40s', (text, message) => expect(refusal(text)).toContain(message));
});
