/**
 * What a run reports, version 1: the interface of `--summary json:`, kept runs, baselines, JUnit and Prometheus. Times
 * are RFC 3339, durations and latencies milliseconds. `templates/schemas/run-report.schema.json` describes the same.
 */
import type {AdaptiveReport} from './adaptive-report.js';
import type {DeliverySnapshot} from './delivery-receipts.js';
import type {DeliveryReport} from './delivery-report.js';
import type {Environment, GeneratorSnapshot} from './generator.js';
import type {CounterName, FailureKind, GaugeName, GaugeSnapshot, LatencyName} from './measurements.js';

export interface RunReport {
  readonly version: 1;
  readonly id: string;
  /** `bench pub`, `sim run`, … */
  readonly kind: string;
  readonly name: string | null;
  readonly startedAt: string;
  readonly endedAt: string;
  readonly durationMs: number;
  /** Until all that should connect had, or had failed; rates of connections are of this time. */
  readonly connectMs: number;
  /** From the first message that was due until the last; rates of messages are of this time. */
  readonly loadMs: number;
  readonly ending: RunEnding;
  readonly target: RunTarget;
  /** What it was told to do, without secrets. */
  readonly options: Readonly<Record<string, OptionValue>>;
  readonly environment: Environment;
  readonly clients: {readonly wanted: number; readonly connected: number};
  readonly counters: Readonly<Record<CounterName, Counted>>;
  readonly failures: {
    readonly total: number;
    readonly byReason: readonly {
      readonly kind: FailureKind;
      readonly reason: string;
      readonly count: number;
    }[];
  };
  /** Null when nobody was there to receive. */
  readonly delivery: DeliveryReport | null;
  readonly latency: Readonly<Partial<Record<LatencyName, LatencyReport>>>;
  /** By kind of fault: from it until the device was back. */
  readonly recovery: Readonly<Record<string, Distribution>>;
  readonly gauges: Readonly<Record<GaugeName, GaugeSnapshot>>;
  readonly series: readonly SeriesPoint[];
  readonly thresholds: readonly ThresholdResult[];
  readonly generator: GeneratorReport;
  readonly verdict: Verdict;
  /** Only with `--adaptive`; `thresholds` are then those of the highest rate that held. */
  readonly adaptive?: AdaptiveReport | undefined;
  /** Who received what, so that reports of several machines can be merged; null when it would be too much. */
  readonly accounting: DeliverySnapshot | null;
}

export type OptionValue = string | number | boolean | null | readonly OptionValue[];

export interface RunEnding {
  /** `aborted`: a threshold was missed with `--abort-on-fail`; `failed`: it could not go on. */
  readonly state: 'finished' | 'interrupted' | 'aborted' | 'failed';
  readonly reason: string | null;
}

export interface RunTarget {
  readonly urls: readonly string[];
  readonly protocolVersion: 4 | 5;
  /** As the broker says in `$SYS/broker/version`, or the platform; null when it does not. */
  readonly brokerVersion: string | null;
}

export interface Counted {
  readonly total: number;
  readonly ratePerSec: number;
}

/** In milliseconds. `histogram` is HdrHistogram's V2 encoding, in microseconds. */
export interface Distribution {
  readonly count: number;
  readonly min: number;
  readonly mean: number;
  readonly stddev: number;
  readonly p50: number;
  readonly p90: number;
  readonly p95: number;
  readonly p99: number;
  readonly 'p99.9': number;
  readonly max: number;
  readonly histogram: string;
}

export interface LatencyReport extends Distribution {
  /** From when it was sent, beside the one from when it was due. */
  readonly service: Distribution | null;
  /** Below 0 or above an hour, counted as that. */
  readonly clamped: number;
  readonly invalid: number;
}

/** One second of the run, or several when it was long. */
export interface SeriesPoint {
  /** Since the start. */
  readonly atMs: number;
  readonly connectedNow: number;
  readonly connectedPerSec: number;
  readonly sentPerSec: number;
  readonly acknowledgedPerSec: number;
  readonly receivedPerSec: number;
  readonly failuresPerSec: number;
  /** Of what came in this time; null when nothing did. */
  readonly p50Ms: number | null;
  readonly p99Ms: number | null;
}

export interface ThresholdResult {
  readonly text: string;
  readonly metric: string;
  /** In the metric's own unit; null when it was not measured, which misses the threshold. */
  readonly value: number | null;
  readonly ok: boolean;
}

export interface GeneratorReport extends GeneratorSnapshot {
  /** 99 % of what was due was sent within so long, if the broker let it. */
  readonly scheduleLagP99Ms: number;
  /** What it grew by, shared out; null for fewer than a hundred, as then it is not they who made it grow. */
  readonly bytesPerConnection: number | null;
}

export interface Verdict {
  readonly ok: boolean;
  /** Why it is not. */
  readonly problems: readonly string[];
  /** What makes the numbers doubtful, such as a generator at its limit. */
  readonly warnings: readonly string[];
}
