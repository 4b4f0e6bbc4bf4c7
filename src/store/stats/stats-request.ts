/** What the store is asked for statistics. */
import type {Aggregate} from '../../domain/stats.js';

/** Which readings. */
export interface ReadingChoice {
  readonly metrics: readonly string[];
  /** Half-open, on the readings’ own time: from `sinceMs` on, before `untilMs`. */
  readonly sinceMs: number;
  readonly untilMs: number;
  /** How many labels each of `devices` has. */
  readonly labelCount: number;
  /** Devices by what they are grouped by, or chosen. */
  readonly devices?: readonly DeviceLabels[] | undefined;
  /** Only readings of `devices`; without it these only have labels, and others have none. */
  readonly onlyDevices: boolean;
  readonly component?: string | undefined;
  /** Of readings of one device, component and metric with the same time, only the one that came last. */
  readonly distinct?: boolean | undefined;
}

/** A device, and its values of the labels that are grouped by, in their order. */
export interface DeviceLabels {
  readonly device: string;
  readonly labels: readonly (string | null)[];
}

export interface StatsRequest extends ReadingChoice {
  readonly aggregates: readonly Aggregate[];
  /** Without it the whole range is one bucket. */
  readonly everyMs?: number | undefined;
  /** Days begin at midnight there; UTC where it is absent. */
  readonly timezone?: string | undefined;
  /** `device`, `component`, or a label. */
  readonly by: readonly string[];
  readonly timeoutMs: number;
  /** Waits until everything is stored that was in the stream when the question came. */
  readonly consistent: boolean;
}
