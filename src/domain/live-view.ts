/** What there is to see of a load test while it runs: small, plain, made a few times a second. */
export interface LiveView {
  /** `bench pub`, `sim run`, … */
  readonly kind: string;
  readonly name: string | null;
  /** Addresses without secrets. */
  readonly targets: readonly string[];
  readonly phase: RunPhase;
  readonly elapsedMs: number;
  /** How long it takes in all; null when it goes on until it is stopped or has sent everything. */
  readonly plannedMs: number | null;
  readonly clients: {readonly wanted: number; readonly connected: number; readonly connectedNow: number};
  readonly totals: {
    /** Connections that were made again. */
    readonly reconnects: number;
    readonly sent: number;
    readonly acknowledged: number;
    readonly received: number;
    /** Missing so far: lost, or still on their way. */
    readonly missing: number;
    readonly duplicated: number;
    readonly reordered: number;
    readonly late: number;
    readonly failures: number;
    readonly commandsSent: number;
    readonly commandsAnswered: number;
  };
  /** Since the view before. */
  readonly perSec: {
    readonly connected: number;
    readonly sent: number;
    readonly acknowledged: number;
    readonly received: number;
  };
  /** Of the whole run so far, in milliseconds; the most telling last. */
  readonly latencies: readonly LiveLatency[];
  /** Of the last minute, one number a second, oldest first. */
  readonly history: {
    readonly messagesPerSec: readonly number[];
    readonly p99Ms: readonly number[];
  };
  /** The most frequent first. */
  readonly failures: readonly {readonly kind: string; readonly reason: string; readonly count: number}[];
  readonly thresholds: readonly LiveThreshold[];
  /** Such as that the generator cannot keep up. */
  readonly warnings: readonly string[];
}

export type RunPhase = 'preparing' | 'connecting' | 'running' | 'draining' | 'ended';

export interface LiveLatency {
  readonly name: string;
  readonly count: number;
  readonly p50: number;
  readonly p90: number;
  readonly p95: number;
  readonly p99: number;
  readonly max: number;
}

export interface LiveThreshold {
  readonly text: string;
  /** As people write it; null when nothing was measured yet. */
  readonly value: string | null;
  readonly ok: boolean | null;
}
