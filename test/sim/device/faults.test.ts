/** Each fault, as whoever receives sees it, against what the truth says. */
import {readFile} from 'node:fs/promises';
import {join} from 'node:path';
import {describe, expect, it} from 'vitest';
import {faultSchema} from '../../../src/sim/device/faults/fault-schema.js';
import type {FaultKind} from '../../../src/sim/device/faults/fault-spec.js';
import {SimRun} from '../../../src/sim/device/sim-run.js';
import {fleetOf, ofGateway, planOf, THERMOSTAT} from '../../support/sim-plan.js';
import {startGateway} from '../../support/start-gateway.js';
import {temporaryFolder} from '../../support/temporary-folder.js';
import {payloadsByDevice} from '../../support/told.js';

const spec = THERMOSTAT;
const INTERVAL_MS = 10_000;
const HOUR_MS = 3_600_000;
const START_MS = 1_767_225_600_000;

interface Truth {
  readonly device: string;
  readonly deviceTime: string;
  readonly fault: FaultKind;
  readonly phase: 'start' | 'end' | 'once';
  readonly sequence?: [number, number];
  readonly values?: Record<string, {true: unknown; sent: unknown}>;
}

/** One device for each; all of them live an hour in a blink. */
const FAULTS = {
  stuck: {fault: 'stuck-value', metric: 'temperature', at: '20m', for: '10m'},
  spike: {fault: 'spike', metric: 'temperature', by: 100, probability: '10%'},
  drift: {fault: 'drift', metric: 'humidity', by: 600, at: '10m', for: '30m'},
  missing: {fault: 'missing-field', probability: '5%'},
  skew: {fault: 'clock-skew', by: '-2h', at: '30m', for: '10m'},
  duplicate: {fault: 'duplicate', probability: '5%'},
  disorder: {fault: 'out-of-order', every: '10m'},
  malformed: {fault: 'malformed', probability: '5%'},
  drop: {fault: 'link-drop', rate: '10/h', for: '1m', until: '50m'},
  power: {fault: 'power-cut', at: '20m', for: '10m'},
  flapping: {fault: 'flapping', at: '20m', for: '1m', period: '10s'},
  storm: {fault: 'reconnect-storm', every: '20m'},
  tamper: {fault: 'tamper', at: '30m'},
} as const;
type Device = keyof typeof FAULTS;

async function oneHour() {
  const ids = Object.keys(FAULTS);
  await using gateway = await startGateway(
    undefined,
    {},
    {
      registry({devices}) {
        const pump = devices.get('default/pump-7')!;
        for (const device of ids) devices.set(`default/${device}`, {...pump, device});
      },
    },
  );
  await using folder = await temporaryFolder();
  const truthPath = join(folder.path, 'truth.ndjson');
  const fleets = Object.values(FAULTS).map(fault => ({
    fleet: fleetOf({intervalMs: INTERVAL_MS, spreadMs: 0, faults: [faultSchema.parse(fault)]}),
    spec,
  }));
  const plan = planOf(gateway.port, spec, {
    clock: {startMs: START_MS, pastMs: 0, fillsPast: false, acceleration: 10_000},
    durationMs: null,
    lifeMs: HOUR_MS,
    fleets,
    devices: ofGateway(ids).map(device => ({...device, fleet: device.number})),
    truthPath,
  });
  const {measurements} = await new SimRun(plan).run();
  const truth = (await readFile(truthPath, 'utf8'))
    .trimEnd()
    .split('\n')
    .map(line => JSON.parse(line) as Truth);
  return {measurements, truth, events: await gateway.events()};
}

const hour = await oneHour();

/** What one device told, what happened to it, and the truth. */
function of(device: Device) {
  const events = hour.events.filter(event => event.device === device);
  return {
    events,
    types: events.map(({type}) => type),
    payloads: payloadsByDevice(events).get(device)!,
    truth: hour.truth.filter(record => record.device === device),
    connections: events.filter(({type}) => type === 'device.connected').length,
  };
}

type Told = {ts: number; v: Record<string, number>};
const parsed = (payloads: readonly string[]) => payloads.map(text => JSON.parse(text) as Told);
const MESSAGES = HOUR_MS / INTERVAL_MS;

describe('values', () => {
  it('are stuck from the start to the end that the truth tells', () => {
    const {truth, payloads} = of('stuck');
    const told = parsed(payloads);
    expect(truth.map(({phase}) => phase)).toEqual(['start', 'end']);
    const [first, last] = truth[1]!.sequence!;
    expect(last - first).toBe(59);
    const stuck = told.slice(first - 1, last).map(({v}) => v.temperature);
    expect(new Set(stuck).size).toBe(1);
    expect(truth[1]!.values!.temperature).toMatchObject({sent: stuck[0]});
    expect(new Set(told.map(({v}) => v.temperature)).size).toBeGreaterThan(50);
  });

  it('show spikes of which the truth knows what was true', () => {
    const {truth, payloads} = of('spike');
    const told = parsed(payloads);
    const spikes = told.flatMap(({v}, index) => (v.temperature! > 100 ? [index + 1] : []));
    expect(spikes.length).toBeGreaterThan(10);
    expect(truth.map(({sequence}) => sequence![0])).toEqual(spikes);
    const {true: right, sent} = truth[0]!.values!.temperature!;
    expect(sent).toBeCloseTo((right as number) + 100, 6);
    expect(told[spikes[0]! - 1]!.v.temperature).toBe(sent);
  });

  it('drift away, and come back', () => {
    const {truth, payloads} = of('drift');
    const [first, last] = truth[1]!.sequence!;
    const {true: right, sent} = truth[1]!.values!.humidity!;
    expect((sent as number) - (right as number)).toBeCloseTo(300, -1.2);
    const told = parsed(payloads);
    expect(told[last - 1]!.v.humidity).toBe(sent);
    expect(Math.abs(told[last]!.v.humidity! - (right as number))).toBeLessThan(5);
    expect(Math.abs(told[first - 1]!.v.humidity! - told[first - 2]!.v.humidity!)).toBeLessThan(5);
  });

  it('are missing where the truth says so', () => {
    const {truth, payloads} = of('missing');
    const told = parsed(payloads);
    const missing = told.flatMap(({v}, index) => (Object.keys(v).length === 1 ? [index + 1] : []));
    expect(missing.length).toBeGreaterThan(5);
    expect(truth.map(({sequence}) => sequence![0])).toEqual(missing);
  });

  it('come with the time of a clock that is wrong', () => {
    const {truth, payloads} = of('skew');
    const [first, last] = truth[1]!.sequence!;
    const told = parsed(payloads);
    const expected = told.map((_, index) => START_MS + index * INTERVAL_MS);
    const skews = told.map(({ts}, index) => ts - expected[index]!);
    expect(skews.filter(skew => skew !== 0)).toEqual(Array<number>(60).fill(-2 * HOUR_MS));
    expect(skews.indexOf(-2 * HOUR_MS)).toBe(first - 1);
    expect(last - first).toBe(59);
  });
});

describe('messages', () => {
  it('come twice', () => {
    const {truth, payloads} = of('duplicate');
    const twice = payloads.filter((payload, index) => payload === payloads[index - 1]);
    expect(twice).toHaveLength(truth.length);
    expect(payloads).toHaveLength(MESSAGES + truth.length);
    expect(truth.length).toBeGreaterThan(5);
  });

  it('come out of order', () => {
    const {truth, payloads} = of('disorder');
    const times = parsed(payloads).map(({ts}) => ts);
    const late = times.filter((ts, index) => ts < (times[index - 1] ?? 0));
    expect(late).toHaveLength(truth.length);
    expect(late.map(ts => new Date(ts).toISOString())).toEqual(truth.map(({deviceTime}) => deviceTime));
    expect(payloads).toHaveLength(MESSAGES);
  });

  it('are malformed', () => {
    const {truth, types} = of('malformed');
    expect(types.filter(type => type === 'undecodable')).toHaveLength(truth.length);
    expect(truth.length).toBeGreaterThan(5);
  });
});

describe('connections', () => {
  it('drop and come back, and no reading is lost', () => {
    const {truth, payloads, connections} = of('drop');
    const drops = truth.filter(({phase}) => phase === 'start').length;
    expect(drops).toBeGreaterThan(3);
    expect(connections).toBe(drops + 1);
    expect(new Set(payloads).size).toBe(MESSAGES);
    expect(Object.keys(hour.measurements.recoveries).sort()).toEqual([
      'flapping',
      'link-drop',
      'power-cut',
      'reconnect-storm',
    ]);
    expect(hour.measurements.failures).toEqual({});
  });

  it('end with the will when the power is cut, and nothing is measured meanwhile', () => {
    const {payloads, events, truth} = of('power');
    expect(truth.map(({phase}) => phase)).toEqual(['start', 'end']);
    expect(
      events.filter(({type}) => type === 'status').map(({payload}) => Buffer.from(payload).toString()),
    ).toEqual(['{"online":false}']);
    expect(new Set(payloads).size).toBe(MESSAGES - 60);
  });

  it('flap', () => {
    const {connections, truth} = of('flapping');
    expect(connections).toBe(7);
    expect(truth.map(({phase}) => phase)).toEqual(['start', 'end']);
  });

  it('are all made anew in a storm', () => {
    const {connections, truth} = of('storm');
    expect(connections).toBe(3);
    expect(truth.map(({phase}) => phase)).toEqual(['once', 'once']);
  });

  it('tell of tampering', () => {
    const {types, truth} = of('tamper');
    expect(types.filter(type => type.includes('tamper'))).toHaveLength(1);
    expect(truth).toMatchObject([{fault: 'tamper', phase: 'once', deviceTime: '2026-01-01T00:30:00.000Z'}]);
  });
});
