/** Statistics of readings: what can be asked, and what the answer says. `docs/querying.md` defines every aggregate. */
import {IotctlError} from './errors.js';
import {isLabelKey} from './selector.js';

/** Of all values of a group; percentiles such as `p95` beside these. */
export const AGGREGATES = [
  'avg',
  'min',
  'max',
  'sum',
  'count',
  'first',
  'last',
  'median',
  'stddev',
  'delta',
  'increase',
  'rate',
] as const;

/** One of `AGGREGATES`, or a percentile: `p95`, `p99.9`. */
export type Aggregate = string;

const PERCENTILE = /^p(\d{1,2}(?:\.\d{1,3})?|100)$/;

/** The share of values that are not above it, between 0 and 1; undefined where it is no percentile. */
export function quantileOf(aggregate: Aggregate): number | undefined {
  if (aggregate === 'median') return 0.5;
  const match = PERCENTILE.exec(aggregate);
  return match ? Number(match[1]) / 100 : undefined;
}

export const isAggregate = (text: string): boolean =>
  (AGGREGATES as readonly string[]).includes(text) || quantileOf(text) !== undefined;

/** `device`, `component`, `model`, or a label's key. */
export const GROUP_COLUMNS = ['device', 'component'] as const;

/** `label:device` is the label of that name. */
export const labelOfGroup = (group: string): string | undefined =>
  (GROUP_COLUMNS as readonly string[]).includes(group) ? undefined : group.replace(/^label:/, '');

/** Throws `IOT_USAGE`. */
export function checkGroup(text: string): string {
  if (isLabelKey(text.replace(/^label:/, ''))) return text;
  throw new IotctlError('IOT_USAGE', `not device, component or a label’s key: ${JSON.stringify(text)}`);
}

/** Throws `IOT_USAGE`. */
export function checkAggregate(text: string): Aggregate {
  if (isAggregate(text)) return text;
  throw new IotctlError(
    'IOT_USAGE',
    `not an aggregate: ${JSON.stringify(text.slice(0, 40))}; there are ${AGGREGATES.join(', ')}, and percentiles such as p95`,
  );
}

/** One group in one bucket. */
export interface StatsRow {
  /** Where the bucket begins (RFC 3339); only where the range is cut into buckets. */
  readonly time?: string;
  readonly metric: string;
  readonly device?: string;
  readonly component?: string | null;
  readonly labels?: Readonly<Record<string, string | null>>;
  /** By aggregate; null where there is nothing to compute it of, and `count` is 0 there. */
  readonly values: Readonly<Record<Aggregate, number | null>>;
}

/** How much of what was received an answer has. */
export interface Freshness {
  /** Every event before this offset is in the answer. */
  readonly completeTo: number;
  /** Events that are in the stream and not stored yet. */
  readonly lag: number;
  /** When the last stored event was received (RFC 3339); null where there is none, or the caller may not see it. */
  readonly lastEventAt: string | null;
}

export interface StatsAnswer {
  /** The range that was looked at: from `since` on, before `until`. */
  readonly since: string;
  readonly until: string;
  readonly everyMs: number | null;
  readonly rows: readonly StatsRow[];
  /** UCUM units of metrics, where models agree on one. */
  readonly units: Readonly<Record<string, string>>;
  readonly freshness: Freshness;
  readonly elapsedMs: number;
}
