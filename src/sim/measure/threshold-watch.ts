/** Which thresholds of a run that still goes on are beyond hope, so that it can be ended early. */
import {numberOf} from './metrics.js';
import type {RunReport, ThresholdResult} from './run-report.js';
import {evaluate, type Threshold} from './threshold.js';

/** What may get better again has to be wrong for so long. */
const GRACE_MS = 5000;
/** Fewer latencies than this say nothing about the run. */
const SAMPLES_MIN = 100;
/** What is missing may still be on its way, and who is connected now may come back. */
const MAY_FALL = ['lost', 'connectedNow', 'inFlight'];

export class ThresholdWatch {
  readonly #thresholds: readonly Threshold[];
  /** Since when each has been missed without a break. */
  readonly #missedSinceMs = new Map<Threshold, number>();

  constructor(thresholds: readonly Threshold[]) {
    this.#thresholds = thresholds;
  }

  /** The first one that is beyond hope in a provisional report; asked about once a second. */
  check(report: RunReport, atMs: number): ThresholdResult | undefined {
    for (const threshold of this.#thresholds) {
      const result = evaluate(threshold, report);
      if (result.ok || !isJudgeable(threshold, report)) this.#missedSinceMs.delete(threshold);
      else if (isFinal(threshold, result)) return result;
      else {
        const sinceMs = this.#missedSinceMs.get(threshold) ?? atMs;
        this.#missedSinceMs.set(threshold, sinceMs);
        if (atMs - sinceMs >= GRACE_MS) return result;
      }
    }
    return undefined;
  }
}

const isUpperBound = ({operator}: Threshold): boolean => operator === '<' || operator === '<=';

/** A sum that only grows, and is above its limit. */
const isFinal = ({metric, operator, limit, unit}: Threshold, {value}: ThresholdResult): boolean =>
  value !== null &&
  (unit === 'count' || metric === 'duration') &&
  !MAY_FALL.includes(metric) &&
  (operator === '<' || operator === '<=' || operator === '==') &&
  value >= limit;

/** Sums that are not large enough yet may still become so; rates and latencies need some time, or some samples. */
function isJudgeable(threshold: Threshold, report: RunReport): boolean {
  const {metric, operator, limit, unit} = threshold;
  switch (unit) {
    case 'count': {
      const value = numberOf(report, metric) ?? 0;
      return isUpperBound(threshold) || (operator === '==' && value > limit);
    }
    case 'percent':
      return isUpperBound(threshold);
    case 'perSec':
      return report.loadMs >= GRACE_MS;
    case 'ms':
      return metric === 'duration' ? isUpperBound(threshold) : samplesOf(report, metric) >= SAMPLES_MIN;
  }
}

function samplesOf(report: RunReport, metric: string): number {
  const [name, part] = metric.split('.') as [string, string];
  return numberOf(report, part === 'service' ? `${name}.service.count` : `${name}.count`) ?? SAMPLES_MIN;
}
