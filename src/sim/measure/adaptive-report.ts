/** What a search for the highest rate found, and what the report of the whole run says then. */
import type {RunReport, ThresholdResult} from './run-report.js';

export interface AdaptiveReport {
  /** In messages per second; null when not even the start held. */
  readonly highestRatePerSec: number | null;
  /** Null when every rate that was tried held. */
  readonly lowestMissedPerSec: number | null;
  /**
   * What did not hold at `lowestMissedPerSec`: a threshold, as it was written; `failures`; `backlog`, when more was due than arrived;
   * `generator`, when this machine could not send more, so that the broker may be faster. `duration` when time was up before.
   */
  readonly limit: string | null;
  /** In the order in which they were tried; a rate that missed is tried once more. */
  readonly steps: readonly AdaptiveStep[];
}

export interface AdaptiveStep {
  readonly ratePerSec: number;
  /** So long it was measured. */
  readonly durationMs: number;
  readonly ok: boolean;
  /** As above; null when it held. */
  readonly limit: string | null;
  /** By threshold, in the metric's own unit; null for what was not measured. */
  readonly values: Readonly<Record<string, number | null>>;
}

/** A search goes beyond what holds: the run is a success when there is a rate that does, and every client is still there. */
export function withSearch(
  report: RunReport,
  {
    adaptive,
    thresholds,
  }: {readonly adaptive: AdaptiveReport; readonly thresholds: readonly ThresholdResult[]},
): RunReport {
  const problems = problemsOf(report, adaptive);
  const warnings =
    adaptive.limit === 'generator'
      ? ['the generator itself was the limit: the broker may be faster', ...report.verdict.warnings]
      : report.verdict.warnings;
  return {...report, adaptive, thresholds, verdict: {ok: problems.length === 0, problems, warnings}};
}

function problemsOf(
  {ending, clients, gauges, target}: RunReport,
  {highestRatePerSec, steps}: AdaptiveReport,
): string[] {
  const [start] = steps;
  const gone = clients.connected - gauges.connectedNow.now;
  return [
    ...(ending.state === 'failed' ? [`the run was broken off: ${ending.reason}`] : []),
    ...(clients.connected < clients.wanted && ending.state !== 'interrupted'
      ? [`${clients.wanted - clients.connected} of ${clients.wanted} clients never connected`]
      : []),
    ...(gone > 0 ? [`${gone} clients lost their connection to ${target.urls.join(', ')}`] : []),
    ...(highestRatePerSec === null && ending.state !== 'failed'
      ? [
          start === undefined
            ? 'no rate was measured'
            : `not even ${start.ratePerSec}/s holds: ${start.limit ?? 'it was measured only once'}`,
        ]
      : []),
  ];
}
