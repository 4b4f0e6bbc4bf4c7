import fc from 'fast-check';
import {expect, it} from 'vitest';
import {Histogram} from '../../src/sim/histogram.js';

it('is within one per cent of the exact percentile', () => {
  const values = fc.array(fc.double({min: 0.01, max: 100_000, noNaN: true}), {minLength: 1, maxLength: 300});
  fc.assert(
    fc.property(values, fc.constantFrom(0.5, 0.9, 0.99, 1), (list, fraction) => {
      const histogram = new Histogram();
      for (const value of list) histogram.add(value);
      const exact = list.toSorted((a, b) => a - b)[Math.max(0, Math.ceil(fraction * list.length) - 1)]!;
      expect(Math.abs(histogram.percentile(fraction) - exact) / exact).toBeLessThan(0.011);
      expect(histogram.maxMs).toBe(Math.max(...list));
    }),
  );
});

it('is zero when nothing was added', () => expect(new Histogram().percentile(0.99)).toBe(0));
