import fc from 'fast-check';
import {describe, expect, it} from 'vitest';
import type {ModelSpec} from '../../../src/domain/model.js';
import {decodeTelemetry} from '../../../src/domain/telemetry.js';
import {TelemetryCheck} from '../../../src/domain/telemetry-check.js';
import type {Distribution} from '../../../src/sim/model/behaviour.js';
import type {PayloadSource} from '../../../src/sim/wire/payload-source.js';
import {
  modelOf,
  modelOfMetric as of,
  payloads,
  START_MS,
  valuesOf as values,
  written,
} from '../../support/simulated.js';

const NUMBER = {type: 'number'} as const;
const INTEGER = {type: 'integer'} as const;

describe('values', () => {
  it.each([
    ['a constant', NUMBER, 21.5, [21.5, 21.5]],
    ['a text', {type: 'string'}, 'élan "x"', ['élan "x"', 'élan "x"']],
    ['a truth value', {type: 'boolean'}, true, [true, true]],
    ['a sequence', INTEGER, {sequence: [1, 2]}, [1, 2, 1, 2]],
    ['a sequence that ends', INTEGER, {sequence: {values: [1, 2], loop: false}}, [1, 2, 2, 2]],
    ['a sequence by time', INTEGER, {sequence: {values: [1, 2], each: '2s'}}, [1, 1, 2, 2, 1]],
    ['a sequence of texts', {type: 'string', values: ['a', 'b']}, {sequence: ['b', 'a']}, ['b', 'a', 'b']],
    ['a counter of messages', INTEGER, {counter: {}}, [1, 2, 3]],
    ['a counter of time', NUMBER, {counter: {by: 1800, per: '1h'}}, [0, 0.5, 1, 1.5]],
    ['a counter that wraps', INTEGER, {counter: {by: 2, wrap: 5}}, [2, 4, 1, 3]],
    ['a counter that begins again', INTEGER, {counter: {reset: '2s'}}, [1, 2, 1, 2]],
    [
      'states that follow each other',
      {type: 'string'},
      {markov: {states: {a: {b: 1}, b: {c: '100%'}, c: {c: 1}}}},
      ['b', 'c', 'c'],
    ],
    [
      'states that last',
      {type: 'boolean'},
      {
        markov: {
          start: 'true',
          states: {true: {false: 1}, false: {true: 1}},
          dwell: {true: '2s', false: '1s'},
        },
      },
      [true, true, false, true, true, false],
    ],
    ['a wave', NUMBER, {sine: {period: '4s', mean: 10, amplitude: 5}}, [10, 15, 10, 5, 10]],
    ['a shifted wave', NUMBER, {sine: {period: '4s', mean: 0, amplitude: 1, phase: 0.25}}, [1, 0, -1]],
  ] as const)('%s', (_, spec, generator, expected) => {
    expect(values(of(spec, generator), expected.length)).toEqual(expected);
  });

  it('follow the local hour and the weekday', () => {
    const simulate = {
      timezone: 'Europe/Oslo',
      metrics: {x: {diurnal: {low: 10, high: 20, peak: 13, weekdays: {weekend: 0.5}}}},
    };
    const hourly = values(modelOf({metrics: {x: NUMBER}, simulate}), 24 * 7, {everyMs: 3_600_000});
    // The first day is a Monday, and noon in London is 13 o'clock in Oslo.
    expect(hourly[12]).toBe(20);
    expect(hourly[24]).toBe(10);
    expect(hourly[5 * 24 + 12]).toBe(10);
  });

  it('come between the points of a day', () => {
    expect(values(of(NUMBER, {diurnal: {hours: [0, 12]}}), 4, {everyMs: 6 * 3_600_000})).toEqual([
      0, 6, 12, 6,
    ]);
  });

  it('have the mean and the spread that was asked for', () => {
    const normal = values(of(NUMBER, {normal: {mean: 50, sd: 5}}), 5000) as number[];
    const mean = normal.reduce((sum, value) => sum + value, 0) / normal.length;
    const variance = normal.reduce((sum, value) => sum + (value - mean) ** 2, 0) / normal.length;
    expect(mean).toBeCloseTo(50, 0);
    expect(Math.sqrt(variance)).toBeCloseTo(5, 0);
    const events = values(of(INTEGER, {counter: {by: 3, per: '1s', random: true}}), 2001) as number[];
    expect(Math.abs(events.at(-1)! - 6000)).toBeLessThan(400);
    expect(events.every((total, index) => total >= (events[index - 1] ?? 0))).toBe(true);
  });

  it('are chosen by weight', () => {
    const chosen = values(of({type: 'string', values: ['ok', 'bad']}, {enum: {ok: 9, bad: 1}}), 2000);
    const bad = chosen.filter(value => value === 'bad').length;
    expect(bad).toBeGreaterThan(120);
    expect(bad).toBeLessThan(280);
  });

  it('differ from device to device where a range is given, and stay', () => {
    const model = of(NUMBER, {constant: [10, 20]});
    const first = values(model, 3, {index: 1});
    expect(new Set(first).size).toBe(1);
    expect(first[0]).toBeGreaterThanOrEqual(10);
    expect(values(model, 3, {index: 2})).not.toEqual(first);
  });
});

const bounds = fc
  .tuple(fc.double({min: -1e6, max: 1e6, noNaN: true}), fc.double({min: 0.01, max: 1e6, noNaN: true}))
  .map(([min, span]) => ({min, max: min + span}));

describe('a payload', () => {
  it('fits the model, whatever the bounds, the digits and the seed', () => {
    fc.assert(
      fc.property(bounds, fc.integer({min: 2, max: 6}), fc.integer(), ({min, max}, digits, seed) => {
        const spec: ModelSpec = {
          model: 'm',
          version: 1,
          metrics: {a: {type: 'number', min, max}, b: {type: 'number', min, max}},
          simulate: {
            metrics: {
              a: {walk: {step: (max - min) / 3}, digits},
              b: {normal: {mean: max, sd: max - min}, digits},
            },
          },
        };
        const source = modelOf(spec).device(seed, 0).payloads()!;
        const check = new TelemetryCheck(spec);
        for (let index = 0; index < 20; index++) {
          const decoded = decodeTelemetry(written(source, START_MS + index));
          expect(decoded.ok && decoded.timeMs).toBe(START_MS + index);
          expect(decoded.ok && check.faultsOf('', decoded.body)).toEqual([]);
        }
      }),
      {numRuns: 100},
    );
  });

  it('has every number as it is written in JSON', () => {
    fc.assert(
      fc.property(
        fc.double({noNaN: true, noDefaultInfinity: true}),
        fc.integer({min: 0, max: 9}),
        (value, digits) => {
          const [told] = values(of(NUMBER, {constant: value, digits}), 1) as number[];
          expect(Math.abs(told! - value)).toBeLessThanOrEqual(0.6 * 10 ** -digits + Math.abs(value) * 1e-14);
        },
      ),
    );
  });

  it('tells any time', () => {
    const source = of(NUMBER, 1).device(1, 0).payloads()!;
    for (const timeMs of [0, 1, 999_999_999_999, 1_000_000_000_000, 9_999_999_999_999, 8.64e15, -5, 1.4])
      expect(JSON.parse(written(source, timeMs).toString())).toEqual({ts: Math.round(timeMs), v: {x: 1}});
  });

  const walks = (metrics: readonly string[]): Partial<ModelSpec> => ({
    metrics: Object.fromEntries(metrics.map(name => [name, NUMBER])),
    simulate: {metrics: Object.fromEntries(metrics.map(name => [name, {walk: {step: 1}}]))},
  });

  it('is the same for the same seed, and another for another seed, device or metric', () => {
    const model = modelOf(walks(['a', 'b']));
    const told = (seed: number | string, index: number) =>
      payloads(model.device(seed, index).payloads()!, 20);
    expect(told(1, 7)).toEqual(told(1, 7));
    for (const other of [told(2, 7), told(1, 8), told('1 ', 7)]) expect(other).not.toEqual(told(1, 7));
    const {a, b} = (JSON.parse(told(1, 7)[0]!) as {v: {a: number; b: number}}).v;
    expect(a).not.toBe(b);
  });

  it('does not depend on other devices, nor on other metrics', () => {
    const model = modelOf(walks(['a', 'b']));
    const [first, second] = [model.device(1, 0).payloads()!, model.device(1, 1).payloads()!];
    const mixed: string[] = [];
    for (let index = 0; index < 10; index++) {
      mixed.push(written(first, START_MS + index * 1000).toString());
      written(second, START_MS);
    }
    expect(mixed).toEqual(payloads(model.device(1, 0).payloads()!, 10));
    const alone = payloads(
      modelOf(walks(['a']))
        .device(1, 0)
        .payloads()!,
      10,
    );
    expect(alone.map(text => JSON.parse(text).v.a)).toEqual(mixed.map(text => JSON.parse(text).v.a));
  });

  it('of a component has its metrics', () => {
    const model = modelOf({
      components: {motor: {metrics: {rpm: INTEGER}}},
      simulate: {components: {motor: {metrics: {rpm: 1500}}}},
    });
    const device = model.device(1, 0);
    expect(device.payloads()).toBeUndefined();
    expect(JSON.parse(written(device.payloads('motor')!, START_MS).toString()).v).toEqual({rpm: 1500});
    expect(device.value('motor.rpm')).toBe(1500);
  });

  it('has no metric that is said not to be sent', () => {
    const model = modelOf({metrics: {x: NUMBER, y: NUMBER}, simulate: {metrics: {x: null, y: 1}}});
    expect(JSON.parse(payloads(model.device(1, 0).payloads()!, 1)[0]!).v).toEqual({y: 1});
    expect(of(NUMBER, null).device(1, 0).payloads()).toBeUndefined();
  });
});

describe('faults', () => {
  const told = (source: PayloadSource) => JSON.parse(written(source, START_MS).toString());

  it('change what is told, not what is', () => {
    const device = of({type: 'number', max: 50}, 21).device(1, 0);
    const source = device.payloads()!;
    device.alter('x', value => value + 100);
    expect(told(source)).toEqual({ts: START_MS, v: {x: 121}});
    expect(device.value('x')).toBe(21);
    device.alter('x', () => Number.NaN);
    expect(told(source).v).toEqual({});
    device.alter('x', undefined);
    expect(told(source).v).toEqual({x: 21});
    device.clockSkewMs = -5000;
    expect(told(source).ts).toBe(START_MS - 5000);
  });
});

describe('what a device does by chance', () => {
  const device = of(NUMBER, 1).device(1, 0);
  const median = (shape: Distribution): number => {
    const drawn = Array.from({length: 4001}, () => device.sample(shape)).toSorted(
      (one, other) => one - other,
    );
    expect(drawn[0]).toBeGreaterThanOrEqual(0);
    return drawn[2000]!;
  };

  it('has the distribution that was asked for', () => {
    expect(median({shape: 'constant', value: 200})).toBe(200);
    expect(Math.abs(median({shape: 'uniform', min: 100, max: 300}) - 200)).toBeLessThan(10);
    expect(Math.abs(median({shape: 'normal', mean: 200, sd: 50}) - 200)).toBeLessThan(10);
    expect(Math.abs(median({shape: 'lognormal', median: 200, sigma: 1}) - 200)).toBeLessThan(20);
    expect(Math.abs(median({shape: 'exponential', mean: 200}) - 200 * Math.LN2)).toBeLessThan(20);
  });

  it('changes none of its values', () => {
    const model = of(NUMBER, {walk: {step: 1}});
    const [quiet, busy] = [model.device(1, 0), model.device(1, 0)];
    for (let index = 0; index < 10; index++) busy.chance();
    expect(payloads(busy.payloads()!, 5)).toEqual(payloads(quiet.payloads()!, 5));
  });
});

describe('a command', () => {
  const model = modelOf({
    metrics: {target: {type: 'number', min: 5, max: 35}, stock: INTEGER, power: NUMBER},
    commands: {
      setTarget: {args: {celsius: {type: 'number', required: true}, note: {type: 'string'}}},
      refill: {},
      sell: {},
      reboot: {},
    },
    simulate: {
      metrics: {target: 21, stock: 3, power: {uniform: [1, 2]}},
      commands: {
        setTarget: {sets: {target: 'celsius'}},
        refill: {sets: {stock: {value: 40}}},
        sell: {sets: {stock: {add: -1}}, result: ['stock', 'target']},
      },
    },
  });

  it('changes what is measured, within its bounds', () => {
    const device = model.device(1, 0);
    const source = device.payloads()!;
    expect(device.command('setTarget', {celsius: 90})).toEqual({done: true, data: {target: 35}});
    device.command('refill', null);
    expect(device.command('sell', null)).toEqual({done: true, data: {stock: 39, target: 35}});
    expect(device.command('reboot', null)).toEqual({done: true, data: undefined});
    expect(JSON.parse(written(source, START_MS).toString()).v).toMatchObject({target: 35, stock: 39});
  });

  it('that is unknown, or has arguments that do not fit, changes nothing', () => {
    const device = model.device(1, 0);
    expect(device.command('__proto__', null)).toMatchObject({done: false, code: 'unknown-command'});
    for (const data of [null, [], {}, {celsius: 'hot'}, {celsius: 20, note: 1}, {celsius: 20, other: 1}])
      expect(device.command('setTarget', data)).toMatchObject({done: false, code: 'invalid-argument'});
    expect(device.set('power', 1)).toContain('cannot be set');
    expect(device.set('nothing', 1)).toContain('no metric');
  });
});
