import fc from 'fast-check';
import {describe, expect, it} from 'vitest';
import {decodeTelemetry} from '../../../src/domain/telemetry.js';
import {TelemetryCheck} from '../../../src/domain/telemetry-check.js';
import {misfitOf} from '../../../src/domain/value-check.js';
import {loadModel, templateModels} from '../../../src/sim/model/load-model.js';
import {START_MS, told, written} from '../../support/simulated.js';

const DAY_MS = 86_400_000;

describe.each(templateModels())('a simulated %s', async name => {
  const model = await loadModel(name);
  const {spec, behaviour} = model;
  const components = ['', ...Object.keys(spec.components ?? {})];

  it('tells what its model allows, whatever its seed and however often it speaks', () => {
    const check = new TelemetryCheck(spec);
    fc.assert(
      fc.property(
        fc.integer(),
        fc.nat(10_000),
        fc.constantFrom(1000, 60_000, 3_600_000),
        (seed, index, everyMs) => {
          const device = model.device(seed, index);
          const sources = components.flatMap(component => {
            const source = device.payloads(component);
            return source ? [{component, source}] : [];
          });
          for (let message = 0; message < 50; message++)
            for (const {component, source} of sources) {
              const decoded = decodeTelemetry(written(source, START_MS + message * everyMs));
              expect(decoded.ok && check.faultsOf(component, decoded.body)).toEqual([]);
            }
        },
      ),
      {numRuns: 30},
    );
  });

  it('has values for all metrics, which change in a day', () => {
    const device = model.device(1, 0);
    const sources = components.map(component => ({component, source: device.payloads(component)!}));
    const days = Array.from({length: 100}, (_, index) =>
      sources.map(({component, source}) => {
        const {v} = JSON.parse(written(source, START_MS + (index * DAY_MS) / 100).toString());
        const metrics = component === '' ? spec.metrics : spec.components![component]!.metrics;
        expect(Object.keys(v)).toEqual(Object.keys(metrics!));
        return v;
      }),
    );
    expect(new Set(days.map(values => JSON.stringify(values))).size).toBeGreaterThan(80);
  });

  it('does what each of its commands says', () => {
    for (const [command, {args = {}}] of Object.entries(spec.commands ?? {})) {
      const data = Object.fromEntries(
        Object.entries(args).map(([arg, {max, type}]) => [arg, type === 'string' ? 'x' : max]),
      );
      const device = model.device(1, 0);
      expect(device.command(command, data)).toMatchObject({done: true});
      for (const [metric, setting] of Object.entries(behaviour.commands[command]?.sets ?? {}))
        if ('argument' in setting) expect(device.value(metric)).toBe(data[setting.argument]);
        else if ('value' in setting) expect(device.value(metric)).toBe(setting.value);
    }
  });

  it('reports properties that fit', () => {
    for (const [property, {value}] of Object.entries(behaviour.twin))
      if (value !== undefined) expect(misfitOf(spec.properties![property]!, value)).toBeUndefined();
    expect(spec.properties![behaviour.firmware!.property!]?.writable).toBe(true);
  });
});

describe('its values make sense', () => {
  it('a thermostat comes to its target and stays there', async () => {
    const values = told(await loadModel('thermostat'), 2000, {everyMs: 10_000});
    for (const {temperature, target} of values.slice(1000))
      expect(Math.abs((temperature as number) - (target as number))).toBeLessThan(1.5);
  });

  it('a meter counts what is used', async () => {
    const values = told(await loadModel('smart-meter'), 200, {everyMs: 900_000}) as Record<string, number>[];
    const used = values.slice(1).reduce((sum, {power}) => sum + power! / 4000, 0);
    expect(values.at(-1)!.energy! - values[0]!.energy!).toBeCloseTo(used, 0);
  });

  it('a vending machine sells what it has', async () => {
    const values = told(await loadModel('vending-machine'), 700, {everyMs: 60_000}) as Record<
      string,
      number
    >[];
    expect(values.at(-1)!.sold).toBeGreaterThan(10);
    for (const {stock, sold, cash} of values) {
      expect(stock! + sold!).toBeGreaterThanOrEqual(180);
      expect(cash).toBeCloseTo(sold! * 2.5, 5);
    }
  });

  it('a tracker is warmer while its door is open', async () => {
    const values = told(await loadModel('cold-chain-tracker'), 3000, {everyMs: 60_000});
    const mean = (open: boolean) => {
      const some = values.filter(({door}) => door === open).map(({temperature}) => temperature as number);
      return some.reduce((sum, value) => sum + value, 0) / some.length;
    };
    expect(mean(true)).toBeGreaterThan(mean(false) + 1);
  });
});
