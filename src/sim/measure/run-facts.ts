import type {Environment} from './generator.js';
import type {OptionValue, RunTarget} from './run-report.js';
import type {Threshold} from './threshold.js';

/** What is known of a run before it begins. */
export interface RunFacts {
  readonly kind: string;
  readonly name: string | null;
  readonly target: RunTarget;
  readonly options: Readonly<Record<string, OptionValue>>;
  readonly environment: Environment;
  readonly clients: number;
  /** Null when it goes on until it is stopped, or has sent everything. */
  readonly plannedMs: number | null;
  readonly thresholds: readonly Threshold[];
  /** What people know a stream by, such as its publisher's client id. */
  readonly streamName: (stream: number) => string;
}
