import type {Threshold} from './threshold.js';

/** A number as people write it: `1,234`, `12.5 ms`, `1.25 s`, `950/s`, `0.02 %`. */
export function metricText(value: number, unit: Threshold['unit']): string {
  switch (unit) {
    case 'ms':
      return latencyText(value);
    case 'perSec':
      return `${countText(value)}/s`;
    case 'percent':
      return `${Number(value.toPrecision(3))} %`;
    case 'count':
      return countText(value);
  }
}

export const countText = (value: number): string =>
  value.toLocaleString('en-US', {maximumFractionDigits: value < 100 ? 2 : 0});

/** Three digits that count. */
export function latencyText(ms: number): string {
  if (ms < 1) return `${Math.round(ms * 1000)} µs`;
  if (ms < 1000) return `${Number(ms.toPrecision(3))} ms`;
  return `${Number((ms / 1000).toPrecision(3))} s`;
}
