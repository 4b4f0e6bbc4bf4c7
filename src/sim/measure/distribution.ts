import {LatencyHistogram} from './histogram.js';
import type {Distribution} from './run-report.js';

const PERCENTS = [50, 90, 95, 99, 99.9];

/** What a report says of an encoded histogram, in milliseconds with three digits behind the point. */
export function distributionOf(encoded: string): Distribution {
  const histogram = LatencyHistogram.decode(encoded);
  const {min, mean, stddev, max} = histogram.summary();
  const [p50, p90, p95, p99, p999] = histogram.percentiles(PERCENTS) as [
    number,
    number,
    number,
    number,
    number,
  ];
  return {
    count: histogram.count,
    min,
    mean: rounded(mean),
    stddev: rounded(stddev),
    p50,
    p90,
    p95,
    p99,
    'p99.9': p999,
    max,
    histogram: encoded,
  };
}

const rounded = (ms: number): number => Math.round(ms * 1000) / 1000;
