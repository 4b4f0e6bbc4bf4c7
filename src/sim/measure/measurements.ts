/**
 * What one process of a run saw: counters, failures by reason, latencies, recoveries, gauges. A snapshot of it is plain
 * JSON, and snapshots of several processes are merged without loss.
 */
import {LatencyHistogram} from './histogram.js';

export const COUNTERS = [
  'connectAttempts',
  'connected',
  'reconnects',
  'subscribed',
  'sent',
  'sentBytes',
  'acknowledged',
  'unacknowledged',
  'repeated',
  'received',
  'receivedBytes',
  'foreign',
  'commandsSent',
  'commandsAnswered',
] as const;
/**
 * `connected` counts clients that were connected at least once, `reconnects` each further time; `unacknowledged` what
 * nobody acknowledged until the end; `repeated` what was sent once more; `foreign` what is no message of this run.
 */
export type CounterName = (typeof COUNTERS)[number];

export const FAILURE_KINDS = [
  'connect',
  'connection',
  'subscribe',
  'publish',
  'command',
  'payload',
  'agent',
] as const;
/** `connect`: it never came to be; `connection`: it broke; `agent`: a process of the run ended before its time. */
export type FailureKind = (typeof FAILURE_KINDS)[number];

export const LATENCIES = ['tcp', 'tls', 'connack', 'connect', 'suback', 'puback', 'e2e', 'cmd'] as const;
/** `connect` is the whole of it, from when it was due; `e2e` from publisher to subscriber; `cmd` a round trip. */
export type LatencyName = (typeof LATENCIES)[number];

export const GAUGES = ['connectedNow', 'inFlight'] as const;
export type GaugeName = (typeof GAUGES)[number];

/** Histograms are in HdrHistogram's V2 encoding, in microseconds. */
export interface LatencySnapshot {
  /** From when it was due: a generator that is late does not make a broker look fast. */
  readonly schedule: string;
  /** From when it was sent. */
  readonly service: string | null;
  readonly clamped: number;
  readonly invalid: number;
}

export interface GaugeSnapshot {
  readonly now: number;
  /** Of several processes the sum, which they may not have reached at one time. */
  readonly max: number;
}

export interface MeasurementsSnapshot {
  readonly counters: Readonly<Record<CounterName, number>>;
  readonly failures: Readonly<Partial<Record<FailureKind, Readonly<Record<string, number>>>>>;
  readonly latencies: Readonly<Partial<Record<LatencyName, LatencySnapshot>>>;
  /** By kind of fault: from it until the device was back. */
  readonly recoveries: Readonly<Record<string, string>>;
  readonly gauges: Readonly<Record<GaugeName, GaugeSnapshot>>;
  /** How late the generator itself was to send what was due. */
  readonly scheduleLag: string;
}

/** Reasons are a broker's own words: beyond so many of a kind they are counted together. */
const REASONS_MAX = 100;
const REASON_CHARS_MAX = 200;
const FURTHER_REASONS = 'other';

interface Latency {
  readonly schedule: LatencyHistogram;
  service: LatencyHistogram | undefined;
}

export class Measurements {
  readonly #counters: Record<CounterName, number> = zeros(COUNTERS);
  readonly #failures = new Map<FailureKind, Map<string, number>>();
  readonly #latencies = new Map<LatencyName, Latency>();
  readonly #recoveries = new Map<string, LatencyHistogram>();
  readonly #gauges: Record<GaugeName, {now: number; max: number}> = {
    connectedNow: {now: 0, max: 0},
    inFlight: {now: 0, max: 0},
  };

  readonly #scheduleLag = new LatencyHistogram();

  counter(name: CounterName): number {
    return this.#counters[name];
  }

  count(name: CounterName, by = 1): void {
    this.#counters[name] += by;
  }

  fail(kind: FailureKind, reason: string, by = 1): void {
    const reasons = this.#failures.get(kind) ?? new Map<string, number>();
    this.#failures.set(kind, reasons);
    addReason(reasons, reason.slice(0, REASON_CHARS_MAX), by);
  }

  /** `fromScheduleMs` since it was due, `serviceMs` since it was sent. */
  latency(name: LatencyName, fromScheduleMs: number, serviceMs?: number): void {
    let latency = this.#latencies.get(name);
    if (latency === undefined) {
      latency = {schedule: new LatencyHistogram(), service: undefined};
      this.#latencies.set(name, latency);
    }
    latency.schedule.record(fromScheduleMs);
    if (serviceMs === undefined) return;
    latency.service ??= new LatencyHistogram();
    latency.service.record(serviceMs);
  }

  recovery(fault: string, durationMs: number): void {
    const histogram = this.#recoveries.get(fault) ?? new LatencyHistogram();
    this.#recoveries.set(fault, histogram);
    histogram.record(durationMs);
  }

  /** The generator came so late to send what was due, for reasons of its own: not because a broker made it wait. */
  scheduleLag(durationMs: number): void {
    this.#scheduleLag.record(durationMs);
  }

  gauge(name: GaugeName, value: number): void {
    const gauge = this.#gauges[name];
    gauge.now = value;
    if (value > gauge.max) gauge.max = value;
  }

  snapshot(): MeasurementsSnapshot {
    return {
      counters: {...this.#counters},
      failures: Object.fromEntries([...this.#failures].map(([kind, reasons]) => [kind, objectOf(reasons)])),
      latencies: Object.fromEntries([...this.#latencies].map(([name, latency]) => [name, encoded(latency)])),
      recoveries: Object.fromEntries([...this.#recoveries].map(([fault, times]) => [fault, times.encode()])),
      gauges: {connectedNow: {...this.#gauges.connectedNow}, inFlight: {...this.#gauges.inFlight}},
      scheduleLag: this.#scheduleLag.encode(),
    };
  }
}

/** What both saw. Throws an `Error` for a histogram that is none. */
export function mergeMeasurements(a: MeasurementsSnapshot, b: MeasurementsSnapshot): MeasurementsSnapshot {
  return {
    counters: mapped(COUNTERS, name => (a.counters[name] ?? 0) + (b.counters[name] ?? 0)),
    failures: merged(a.failures, b.failures, mergeReasons),
    latencies: merged(a.latencies, b.latencies, mergeLatencies),
    recoveries: merged(a.recoveries, b.recoveries, mergeHistograms),
    gauges: mapped(GAUGES, name => ({
      now: a.gauges[name].now + b.gauges[name].now,
      max: a.gauges[name].max + b.gauges[name].max,
    })),
    scheduleLag: mergeHistograms(a.scheduleLag, b.scheduleLag),
  };
}

function addReason(reasons: Map<string, number>, reason: string, by: number): void {
  const known = reasons.has(reason) || reasons.size < REASONS_MAX ? reason : FURTHER_REASONS;
  reasons.set(known, (reasons.get(known) ?? 0) + by);
}

const encoded = ({schedule, service}: Latency): LatencySnapshot => ({
  schedule: schedule.encode(),
  service: service?.encode() ?? null,
  clamped: schedule.clamped,
  invalid: schedule.invalid,
});

function mergeReasons(
  a: Readonly<Record<string, number>>,
  b: Readonly<Record<string, number>>,
): Readonly<Record<string, number>> {
  const reasons = new Map(Object.entries(a));
  for (const [reason, count] of Object.entries(b)) addReason(reasons, reason, count);
  return objectOf(reasons);
}

const mergeLatencies = (a: LatencySnapshot, b: LatencySnapshot): LatencySnapshot => ({
  schedule: mergeHistograms(a.schedule, b.schedule),
  service:
    a.service === null || b.service === null
      ? (a.service ?? b.service)
      : mergeHistograms(a.service, b.service),
  clamped: a.clamped + b.clamped,
  invalid: a.invalid + b.invalid,
});

/** Both, encoded. */
export function mergeHistograms(a: string, b: string): string {
  const sum = LatencyHistogram.decode(a);
  sum.add(LatencyHistogram.decode(b));
  return sum.encode();
}

/** Both records; `merge` makes one value of two. */
export function merged<Value>(
  a: Readonly<Partial<Record<string, Value>>>,
  b: Readonly<Partial<Record<string, Value>>>,
  merge: (one: Value, other: Value) => Value,
): Record<string, Value> {
  const all = new Map<string, Value>(Object.entries(a) as [string, Value][]);
  for (const [key, value] of Object.entries(b) as [string, Value][]) {
    const there = all.get(key);
    all.set(key, there === undefined ? value : merge(there, value));
  }
  return objectOf(all);
}

const objectOf = <Value>(entries: ReadonlyMap<string, Value>): Record<string, Value> =>
  Object.fromEntries(entries);

export const mapped = <Name extends string, Value>(
  names: readonly Name[],
  value: (name: Name) => Value,
): Record<Name, Value> => Object.fromEntries(names.map(name => [name, value(name)])) as Record<Name, Value>;

const zeros = <Name extends string>(names: readonly Name[]): Record<Name, number> => mapped(names, () => 0);
