/** Reports of runs that never were: one publisher, one subscriber, and what went wrong between them. */
import {DeliveryAccounting} from '../../../src/sim/measure/delivery-accounting.js';
import {environmentOf, GeneratorMeter} from '../../../src/sim/measure/generator.js';
import {COUNTERS, Measurements, mapped} from '../../../src/sim/measure/measurements.js';
import type {RunFacts} from '../../../src/sim/measure/run-facts.js';
import {RunRecorder} from '../../../src/sim/measure/run-recorder.js';
import type {Counted, RunReport} from '../../../src/sim/measure/run-report.js';
import type {RunSnapshot} from '../../../src/sim/measure/run-snapshot.js';
import {parseThreshold} from '../../../src/sim/measure/threshold.js';

export interface SampleRun {
  readonly sent?: number;
  /** Numbers of messages that never came. */
  readonly lost?: readonly number[];
  readonly latenciesMs?: readonly number[];
  readonly failures?: readonly [reason: string, count: number][];
  readonly thresholds?: readonly string[];
  readonly facts?: Partial<RunFacts>;
}

export const factsOf = ({thresholds = [], facts = {}}: SampleRun): RunFacts => ({
  kind: 'bench e2e',
  name: null,
  target: {urls: ['mqtt://127.0.0.1:1883'], protocolVersion: 4, brokerVersion: null},
  options: {devices: 2, qos: 0},
  environment: environmentOf('0.0.0'),
  clients: 2,
  plannedMs: null,
  thresholds: thresholds.map(parseThreshold),
  streamName: stream => `pub-${stream}`,
  ...facts,
});

export function snapshotOf(run: SampleRun): RunSnapshot {
  const {sent = 0, lost = [], latenciesMs = [], failures = []} = run;
  const measurements = new Measurements();
  const delivery = new DeliveryAccounting({lateAfterMs: 1000});
  measurements.count('connectAttempts', 2);
  measurements.count('connected', 2);
  measurements.gauge('connectedNow', 2);
  measurements.count('subscribed');
  measurements.count('sent', sent);
  const subscriber = delivery.subscriber('sub-1');
  subscriber.expect(1);
  delivery.sent(1, sent);
  for (let sequence = 0; sequence < sent; sequence++) {
    if (lost.includes(sequence)) continue;
    measurements.count('received');
    subscriber.received(1, sequence, 1);
  }
  for (const latency of latenciesMs) measurements.latency('e2e', latency, latency);
  for (const [reason, count] of failures) measurements.fail('connect', reason, count);
  using meter = new GeneratorMeter();
  return {
    measurements: measurements.snapshot(),
    totals: delivery.totals(),
    delivery: delivery.snapshot(),
    generator: meter.read(),
  };
}

export function reportOf(run: SampleRun): RunReport {
  const recorder = new RunRecorder(factsOf(run));
  recorder.enter('connecting');
  recorder.enter('running');
  const report = recorder.finish(snapshotOf(run), {state: 'finished', reason: null});
  return {...report, counters: mapped(COUNTERS, name => ofOneSecond(report.counters[name]))};
}

/** How long it took to make a sample depends on the machine. */
const ofOneSecond = ({total}: Counted): Counted => ({total, ratePerSec: total});
