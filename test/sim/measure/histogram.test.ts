import fc from 'fast-check';
import hdr from 'hdr-histogram-js';
import {expect, it} from 'vitest';
import {LatencyHistogram} from '../../../src/sim/measure/histogram.js';

const HIGHEST_US = 3_600_000_000;
const PERCENTS = [0.1, 50, 90, 95, 99, 99.9, 99.99, 100];

/** Every magnitude alike often. */
const microseconds = fc.oneof(
  fc.integer({min: 0, max: 3000}),
  fc.double({min: 0, max: 1, noNaN: true}).map(exponent => Math.floor(HIGHEST_US ** exponent)),
);

const histogramOf = (latenciesUs: readonly number[]): LatencyHistogram => {
  const histogram = new LatencyHistogram();
  for (const us of latenciesUs) histogram.record(us / 1000);
  return histogram;
};

const referenceOf = (latenciesUs: readonly number[]): hdr.Histogram => {
  const reference = hdr.build({
    bitBucketSize: 64,
    lowestDiscernibleValue: 1,
    highestTrackableValue: HIGHEST_US,
    numberOfSignificantValueDigits: 3,
  });
  for (const us of latenciesUs) reference.recordValue(us);
  return reference;
};

it('finds what HdrHistogram finds, whose encoding both read and write', () => {
  fc.assert(
    fc.property(fc.array(microseconds, {minLength: 1, maxLength: 300}), latencies => {
      const [histogram, reference] = [histogramOf(latencies), referenceOf(latencies)];
      const expected = PERCENTS.map(percent => reference.getValueAtPercentile(percent) / 1000);
      expect(histogram.percentiles(PERCENTS)).toEqual(expected);
      expect(histogram.summary().mean).toBeCloseTo(reference.mean / 1000, 6);
      expect(histogram.summary().stddev).toBeCloseTo(reference.stdDeviation / 1000, 6);
      const read = hdr.decodeFromCompressedBase64(histogram.encode(), 64, false);
      expect(PERCENTS.map(percent => read.getValueAtPercentile(percent) / 1000)).toEqual(expected);
      const back = LatencyHistogram.decode(hdr.encodeIntoCompressedBase64(reference));
      expect(back.percentiles(PERCENTS)).toEqual(expected);
      expect(back.count).toBe(latencies.length);
    }),
    {numRuns: 50},
  );
});

it('adds and takes away without loss', () => {
  fc.assert(
    fc.property(fc.array(microseconds), fc.array(microseconds), (first, second) => {
      const sum = histogramOf(first);
      sum.add(histogramOf(second));
      expect(sum.encode()).toBe(histogramOf([...first, ...second]).encode());
      expect(sum.since(histogramOf(first)).encode()).toBe(histogramOf(second).encode());
    }),
    {numRuns: 30},
  );
});

it('keeps counts beyond 32 bits', () => {
  const histogram = histogramOf([5]);
  for (let doublings = 0; doublings < 40; doublings++) histogram.add(histogram);
  expect(LatencyHistogram.decode(histogram.encode()).count).toBe(2 ** 40);
});

it('counts what is outside of its range, and what is no number, apart', () => {
  const histogram = new LatencyHistogram();
  for (const latency of [-1, Number.POSITIVE_INFINITY, 1e9, Number.NaN, 1]) histogram.record(latency);
  expect(histogram.count).toBe(4);
  expect(histogram.clamped).toBe(3);
  expect(histogram.invalid).toBe(1);
  expect(histogram.percentile(25)).toBe(0);
  expect(histogram.percentile(100) / 3_600_000).toBeCloseTo(1, 2);
});

it.each([
  ['nothing', ''],
  ['other text', Buffer.from('not a histogram, but long enough').toString('base64')],
  [
    'a histogram of another precision',
    hdr.encodeIntoCompressedBase64(hdr.build({numberOfSignificantValueDigits: 2})),
  ],
  ['one that was cut off', histogramOf([1, 2, 3]).encode().slice(0, 24)],
])('does not take %s for a histogram', (_what, text) => {
  expect(() => LatencyHistogram.decode(text)).toThrow();
});
