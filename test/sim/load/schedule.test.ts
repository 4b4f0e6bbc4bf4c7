import fc from 'fast-check';
import {describe, expect, it} from 'vitest';
import {RateCurve} from '../../../src/sim/load/rate-curve.js';
import {Schedule} from '../../../src/sim/load/schedule.js';

const stages = fc.array(
  fc.record({durationMs: fc.integer({min: 0, max: 60_000}), ratePerSec: fc.integer({min: 0, max: 5000})}),
  {minLength: 1, maxLength: 5},
);

describe('a rate curve', () => {
  it('has exactly rate times duration messages when the rate is constant', () => {
    const curve = new RateCurve(1000, [{durationMs: 3000, ratePerSec: 1000}]);
    expect(curve.total).toBe(3000);
    expect([0, 1, 2999, 3000].map(message => curve.dueMs(message))).toEqual([
      0,
      1,
      2999,
      Number.POSITIVE_INFINITY,
    ]);
  });

  it('sends half as many while it rises from nothing', () => {
    const curve = new RateCurve(0, [{durationMs: 10_000, ratePerSec: 1000}]);
    expect(curve.total).toBe(5000);
    // A quarter of all is due in the first half.
    expect(curve.dueMs(1250)).toBeCloseTo(5000, 6);
  });

  it('jumps within no time, and is silent at a rate of 0', () => {
    const curve = new RateCurve(0, [
      {durationMs: 1000, ratePerSec: 0},
      {durationMs: 0, ratePerSec: 100},
      {durationMs: 1000, ratePerSec: 100},
    ]);
    expect(curve.total).toBe(100);
    expect(curve.dueMs(0)).toBe(1000);
    expect(curve.dueMs(99)).toBeCloseTo(1990, 6);
  });

  it('ascends within its duration, and its integral is the number of messages', () => {
    fc.assert(
      fc.property(fc.integer({min: 0, max: 5000}), stages, (start, given) => {
        const curve = new RateCurve(start, given);
        let [before, rate, sum] = [-1, start, 0];
        for (const {durationMs, ratePerSec} of given) {
          sum += (durationMs / 1000) * ((rate + ratePerSec) / 2);
          rate = ratePerSec;
        }
        expect(Math.abs(curve.total - sum)).toBeLessThanOrEqual(1);
        const step = Math.max(1, Math.floor(curve.total / 200));
        for (let message = 0; message < curve.total; message += step) {
          const dueMs = curve.dueMs(message);
          expect(dueMs).toBeGreaterThanOrEqual(before);
          expect(dueMs).toBeLessThanOrEqual(curve.durationMs);
          before = dueMs;
        }
      }),
    );
  });
});

describe('a schedule', () => {
  /** What each publisher of a slice is told, with the times at which it is. */
  const told = (schedule: Schedule, everyMs: number) => {
    const events: {publisher: number; atMs: number}[] = [];
    for (let atMs = 0; schedule.nextMs < Number.POSITIVE_INFINITY; atMs += everyMs)
      schedule.release(atMs, publisher => events.push({publisher, atMs}));
    return events;
  };
  const shape = fc.record({
    publishers: fc.integer({min: 1, max: 30}),
    agents: fc.integer({min: 1, max: 4}),
    rate: fc.integer({min: 1, max: 500}),
    jitter: fc.double({min: 0, max: 1, noNaN: true}),
    everyMs: fc.integer({min: 1, max: 700}),
  });

  it('is dealt out to processes without loss or repetition, and never early', () => {
    fc.assert(
      fc.property(shape, ({publishers, agents, rate, jitter, everyMs}) => {
        const curve = new RateCurve(rate, [{durationMs: 2000, ratePerSec: rate}]);
        const jitterMs = (jitter * publishers * 1000) / rate;
        const sent = new Map<number, number>();
        for (let agent = 0; agent < agents; agent++) {
          const schedule = new Schedule({curve, publishers, first: agent, step: agents, jitterMs});
          for (const {publisher, atMs} of told(schedule, everyMs)) {
            const sequence = sent.get(publisher) ?? 0;
            const dueMs = schedule.dueMs(publisher, sequence);
            expect(publisher % agents).toBe(agent);
            expect(dueMs).toBeLessThanOrEqual(atMs);
            expect(dueMs).toBeGreaterThan(atMs - everyMs - 1e-6);
            sent.set(publisher, sequence + 1);
          }
        }
        expect([...sent.values()].reduce((a, b) => a + b, 0)).toBe(curve.total);
        const counts = Array.from({length: publishers}, (_, index) => sent.get(index) ?? 0);
        expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1);
      }),
    );
  });
});
