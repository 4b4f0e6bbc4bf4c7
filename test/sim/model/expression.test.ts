import {runInNewContext} from 'node:vm';
import fc from 'fast-check';
import {describe, expect, it} from 'vitest';
import {readSimulation} from '../../../src/sim/model/read-simulation.js';
import {modelOf, modelOfMetric, START_MS, told, valuesOf} from '../../support/simulated.js';

const NUMBER = {type: 'number'} as const;

/** What an expression gives beside a few metrics. */
const resultOf = (formula: string): unknown => {
  const model = modelOf({
    metrics: {
      a: NUMBER,
      'b-2': {type: 'integer'},
      open: {type: 'boolean'},
      mode: {type: 'string'},
      x: {type: 'number'},
    },
    simulate: {
      metrics: {a: 3, 'b-2': 4, open: true, mode: 'eco', x: {expression: formula, digits: 6}},
    },
  });
  return told(model, 1)[0]!.x;
};

describe('an expression', () => {
  it.each([
    ['1 + 2 * 3', 7],
    ['(1 + 2) * 3', 9],
    ['10 - 3 - 2', 5],
    ['2 ^ 3 ^ 2', 512],
    ['-2 ^ 2', -4],
    ['2 ^ -1', 0.5],
    ['7 % 4', 3],
    ['a * `b-2`', 12],
    ['.5 + 1e2', 100.5],
    ['open ? 1 : 2', 1],
    ['!open ? 1 : a > 2 ? 5 : 6', 5],
    ['mode == "eco" && a < 4', 1],
    ["mode != 'eco' || a <= 2", 0],
    ['open + 1', 2],
    ['min(3, a, 1) + max(1, 2) + abs(-1)', 4],
    ['clamp(a, 5, 9) + floor(1.9) + ceil(1.1) + round(1.5)', 10],
    ['sqrt(16) + exp(0) + log(1) + sin(0) + cos(0)', 6],
    ['round(pi * 100)', 314],
    ['t', START_MS / 1000],
    ['hour + weekday + index + dt', 0],
  ])('%s', (formula, expected) => expect(resultOf(formula)).toBe(expected));

  it.each([
    [' ', 'expected a value, and there is the end (character 2 of'],
    ['1 +', 'expected a value, and there is the end (character 4 of'],
    ['1 2', 'expected an operator, and there is 2 (character 3 of'],
    ['(1', 'expected ), and there is the end (character 3 of'],
    ['a # 2', '"#" is not understood (character 3 of'],
    ['b', 'no metric b; besides metrics there are pi, t, dt'],
    ['constructor', 'no metric constructor'],
    ['toString()', 'no function toString; there are abs'],
    ['abs()', 'abs takes 1 values, and there are 0 (character 1 of'],
    ['clamp(1, 2)', 'clamp takes 3 values'],
    ['mode + 1', 'expected a number, and there is a text (character 1 of'],
    ['a == mode', 'a number is compared with a text'],
    ['a ? 1 : 2', 'expected true or false, and there is a number (character 1 of'],
    ['open ? 1 : mode', 'gives either a number or a text'],
    ['prev(a + 1)', 'prev needs the name of a metric'],
    ['mode', 'the expression gives a text, and the metric is a number'],
    ['x + 1', 'goes in a circle: x → x; prev(x) is its value in the message before'],
    ['('.repeat(200), 'nested deeper than 50'],
    ['-'.repeat(200), 'nested deeper than 50'],
  ])('is refused: %s', (formula, message) => {
    const {problems} = readSimulation({
      model: 'm',
      version: 1,
      metrics: {a: NUMBER, open: {type: 'boolean'}, mode: {type: 'string'}, x: NUMBER},
      simulate: {metrics: {x: {expression: {formula}}}},
    });
    expect(problems).toEqual([
      {path: ['simulate', 'metrics', 'x'], message: expect.stringContaining(message)},
    ]);
  });

  const {formula} = fc.letrec<{formula: string}>(tie => ({
    formula: fc.oneof(
      {maxDepth: 4},
      fc.integer({min: 0, max: 20}).map(String),
      fc.tuple(tie('formula'), fc.constantFrom('+', '-', '*'), tie('formula')).map(parts => parts.join(' ')),
      tie('formula').map(inner => `(${inner})`),
      fc
        .tuple(
          tie('formula'),
          fc.constantFrom('<', '>=', '=='),
          tie('formula'),
          tie('formula'),
          tie('formula'),
        )
        .map(([one, sign, other, yes, no]) => `((${one}) ${sign} (${other}) ? ${yes} : ${no})`),
    ),
  }));

  it('means what it means in other languages', () => {
    fc.assert(
      fc.property(formula, text => {
        const expected = runInNewContext(text) as number;
        fc.pre(Math.abs(expected) < 1e9);
        expect(resultOf(text)).toBe(expected);
      }),
      {numRuns: 100},
    );
  });

  it('follows metrics of the same message, wherever they stand', () => {
    const model = modelOf({
      metrics: {power: NUMBER, voltage: NUMBER, current: NUMBER},
      simulate: {metrics: {power: 'voltage * current', voltage: {walk: {start: 230, step: 2}}, current: 2}},
    });
    for (const {power, voltage} of told(model, 20)) expect(power).toBeCloseTo((voltage as number) * 2, 5);
  });

  it('knows the message before', () => {
    const model = modelOf({
      metrics: {a: {type: 'integer'}, before: {type: 'integer'}, sum: {type: 'integer'}},
      simulate: {
        metrics: {
          a: {sequence: [5, 6, 7]},
          before: 'prev(a)',
          sum: {expression: {formula: 'prev(sum) + dt', start: 10}},
        },
      },
    });
    expect(told(model, 3)).toEqual([
      {a: 5, before: 5, sum: 10},
      {a: 6, before: 5, sum: 11},
      {a: 7, before: 6, sum: 12},
    ]);
  });

  it('that gives no number leaves the value as it was', () => {
    expect(valuesOf(modelOfMetric(NUMBER, {expression: {formula: '1 / dt', start: 9}}), 2)).toEqual([9, 1]);
    expect(valuesOf(modelOfMetric(NUMBER, '(0 - 1) ^ 0.5'), 1)).toEqual([0]);
  });

  it('gives texts and truth values, as far as the metric has them', () => {
    const spec = {type: 'string', values: ['ok', 'hot']} as const;
    const model = (formula: string) =>
      ({
        model: 'm',
        version: 1,
        metrics: {a: NUMBER, x: spec, y: {type: 'boolean'}},
        simulate: {metrics: {a: {sequence: [1, 9]}, x: {expression: formula}, y: 'a > 5'}},
      }) as const;
    expect(told(modelOf(model('a > 5 ? "hot" : "ok"')), 2)).toEqual([
      {a: 1, x: 'ok', y: false},
      {a: 9, x: 'hot', y: true},
    ]);
    expect(readSimulation(model('a > 5 ? "hot" : "cold"')).problems[0]?.message).toContain('cold');
  });

  it('has its own random numbers', () => {
    const model = modelOfMetric(NUMBER, {expression: 'noise(2) + random() * 0 + chance(0.5) * 0'});
    const drawn = valuesOf(model, 2000) as number[];
    const variance = drawn.reduce((sum, value) => sum + value ** 2, 0) / drawn.length;
    expect(Math.sqrt(variance)).toBeCloseTo(2, 0);
    expect(valuesOf(model, 2000)).toEqual(drawn);
  });

  it('is what a counter adds', () => {
    const model = modelOf({
      metrics: {power: NUMBER, energy: NUMBER},
      simulate: {metrics: {power: 1000, energy: {counter: {by: 'power / 1000', per: '1h'}}}},
    });
    expect(told(model, 3, {everyMs: 1_800_000}).map(({energy}) => energy)).toEqual([0, 0.5, 1]);
  });

  it('reads the device from a component, and a component from the device', () => {
    const model = modelOf({
      metrics: {load: NUMBER, hottest: NUMBER},
      components: {motor: {metrics: {temperature: NUMBER}}},
      simulate: {
        metrics: {load: 3, hottest: 'motor.temperature'},
        components: {motor: {metrics: {temperature: 'load * 20'}}},
      },
    });
    const device = model.device(1, 0);
    const [own, motor] = [device.payloads()!, device.payloads('motor')!];
    const target = Buffer.alloc(1000);
    const say = (source: typeof own): unknown =>
      JSON.parse(target.toString('utf8', 0, source.write(target, 0, START_MS))).v;
    say(own);
    expect(say(motor)).toEqual({temperature: 60});
    expect(say(own)).toEqual({load: 3, hottest: 60});
  });
});
