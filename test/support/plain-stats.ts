/** Statistics, written as plainly as they are told of in docs/querying.md: for tests to compare others with. */
import {expect} from 'vitest';
import type {NewEvent} from '../../src/domain/event.js';
import type {StatsRequest} from '../../src/store/stats/stats-request.js';
import {eventOf} from './start-store.js';

export interface Sample {
  readonly device: string;
  readonly component: string;
  readonly timeMs: number;
  readonly value: number;
}

/** A sample as it was stored: `order` is that of the messages it came in. */
export type Stored = Sample & {readonly order: number};

/** Devices come with their sites where `by` names them. */
export interface Question {
  readonly sinceMs: number;
  readonly lengthMs: number;
  readonly everyMs: number | undefined;
  readonly by: readonly string[];
  readonly distinct: boolean;
  readonly only: readonly string[] | undefined;
  readonly component: string | undefined;
}

const SECOND = 1000;
/** A Monday at midnight, from which buckets of any length are counted. */
const EPOCH = Date.UTC(2000, 0, 3);

const AGGREGATES = [
  ...['avg', 'min', 'max', 'sum', 'count', 'first', 'last', 'median', 'p95', 'p99.9'],
  ...['delta', 'increase', 'rate'],
];

const SITES: Readonly<Record<string, string | null>> = {a: 'oslo', b: 'bergen', c: null, nobody: null};

export function eventOfSample(metric: string, {device, component, timeMs, value}: Sample): NewEvent {
  return eventOf({ts: timeMs, v: {[metric]: value}}, {device, component, timeMs});
}

export function requestOf(metric: string, {sinceMs, lengthMs, only, ...rest}: Question): StatsRequest {
  const named = only ?? Object.keys(SITES);
  return {
    metrics: [metric],
    sinceMs,
    untilMs: sinceMs + lengthMs,
    devices: named.map(device => ({device, labels: rest.by.includes('site') ? [SITES[device]!] : []})),
    labelCount: rest.by.includes('site') ? 1 : 0,
    onlyDevices: only !== undefined,
    aggregates: AGGREGATES,
    timeoutMs: 20_000,
    consistent: true,
    ...rest,
  };
}

export type PlainRow = {readonly values: Readonly<Record<string, unknown>>} & Readonly<
  Record<string, unknown>
>;

/** What the answer has to be, by the definitions in docs/querying.md. */
export function plainStats(metric: string, all: readonly Stored[], asked: Question): PlainRow[] {
  const {sinceMs, lengthMs, everyMs, by, only, component, distinct} = asked;
  const untilMs = sinceMs + lengthMs;
  const inRange = all.filter(
    made =>
      made.timeMs >= sinceMs &&
      made.timeMs < untilMs &&
      (only === undefined || only.includes(made.device)) &&
      (component === undefined || made.component === component),
  );
  const chosen = distinct ? lastOfSameTime(inRange) : inRange;
  const groups = new Map<string, Stored[]>();
  for (const made of chosen) {
    const key = JSON.stringify(keyOf(made, by));
    const group = groups.get(key) ?? [];
    if (group.length === 0) groups.set(key, group);
    group.push(made);
  }
  const rows: PlainRow[] = [];
  for (const key of [...groups.keys()].sort((x, y) => compareKeys(JSON.parse(x), JSON.parse(y)))) {
    const members = groups.get(key)!;
    const parts = labelled(JSON.parse(key) as (string | null)[], by);
    if (everyMs === undefined) {
      rows.push({metric, ...parts, values: valuesOf(members, chosen, () => true)});
      continue;
    }
    const firstBucket = EPOCH + Math.floor((sinceMs - EPOCH) / everyMs) * everyMs;
    for (let from = firstBucket; from < untilMs; from += everyMs) {
      const within = (made: Stored): boolean => made.timeMs >= from && made.timeMs < from + everyMs;
      const values = valuesOf(members.filter(within), chosen, within);
      rows.push({time: new Date(from).toISOString(), metric, ...parts, values});
    }
  }
  return rows;
}

const lastOfSameTime = (samples: readonly Stored[]): Stored[] =>
  samples.filter(
    made =>
      !samples.some(
        other =>
          seriesOf(other) === seriesOf(made) && other.timeMs === made.timeMs && other.order > made.order,
      ),
  );

const seriesOf = ({device, component}: Sample): string => `${device}/${component}`;

function keyOf(made: Stored, by: readonly string[]): (string | null)[] {
  return by.map(group => {
    if (group === 'device') return made.device;
    if (group === 'component') return made.component === '' ? null : made.component;
    return SITES[made.device] ?? null;
  });
}

/** In the order of the groups that were asked for; what has none comes first. */
function compareKeys(x: (string | null)[], y: (string | null)[]): number {
  for (const [index, one] of x.entries()) {
    const other = y[index]!;
    if (one === other) continue;
    if (one === null || other === null) return one === null ? -1 : 1;
    return one < other ? -1 : 1;
  }
  return 0;
}

function labelled(key: (string | null)[], by: readonly string[]): object {
  const parts = Object.fromEntries(by.map((group, index) => [group, key[index]]));
  const {site, ...rest} = parts;
  return by.includes('site') ? {...rest, labels: {site}} : rest;
}

function valuesOf(
  members: readonly Stored[],
  chosen: readonly Stored[],
  within: (made: Stored) => boolean,
): Record<string, unknown> {
  const values = members.map(({value}) => value);
  const total = values.reduce((sum, value) => sum + value, 0);
  const ordered = [...members].sort(inTime);
  const some = members.length > 0;
  return {
    avg: some ? total / members.length : null,
    min: some ? Math.min(...values) : null,
    max: some ? Math.max(...values) : null,
    sum: some ? total : null,
    count: members.length,
    first: ordered[0]?.value ?? null,
    last: ordered.at(-1)?.value ?? null,
    median: some ? percentile(values, 0.5) : null,
    p95: some ? percentile(values, 0.95) : null,
    'p99.9': some ? percentile(values, 0.999) : null,
    ...stepsOf(members, chosen, within),
  };
}

/** Of one time, what came in a later message is later; of one message, what is larger. */
const inTime = (x: Stored, y: Stored): number =>
  x.timeMs - y.timeMs || x.order - y.order || x.value - y.value;

/** Linear between the two nearest ranks. */
function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((x, y) => x - y);
  const rank = (sorted.length - 1) * share;
  const part = rank - Math.floor(rank);
  const low = sorted[Math.floor(rank)]!;
  const high = sorted[Math.ceil(rank)]!;
  return low * (1 - part) + high * part;
}

/** Of the steps that end in the bucket, each from the reading before it in its series, which may be in another bucket. */
function stepsOf(
  members: readonly Stored[],
  chosen: readonly Stored[],
  within: (made: Stored) => boolean,
): Record<string, unknown> {
  let delta: number | null = null;
  let increase: number | null = null;
  let rate: number | null = null;
  for (const series of new Set(members.map(seriesOf))) {
    const line = chosen.filter(made => seriesOf(made) === series).sort(inTime);
    let [changed, risen, passedMs] = [0, 0, 0];
    let steps = 0;
    for (const [index, {value, timeMs}] of line.entries()) {
      const before = line[index - 1];
      if (!before || !within(line[index]!)) continue;
      steps++;
      changed += value - before.value;
      risen += value < before.value ? value : value - before.value;
      passedMs += timeMs - before.timeMs;
    }
    if (steps > 0) [delta, increase] = [(delta ?? 0) + changed, (increase ?? 0) + risen];
    if (passedMs > 0) rate = (rate ?? 0) + risen / (passedMs / SECOND);
  }
  return {delta, increase, rate: rate === null ? null : expect.closeTo(rate, 9)};
}
