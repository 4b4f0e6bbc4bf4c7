/** Plans for simulations against a broker of a test. */
import type {ModelSpec} from '../../src/domain/model.js';
import type {FleetSpec} from '../../src/sim/device/scenario.js';
import type {PlannedDevice, SimPlan} from '../../src/sim/device/sim-plan.js';
import {DEVICE_SECRET} from './start-gateway.js';

/** A room: two metrics, and a command that sets one of them. */
export const THERMOSTAT: ModelSpec = {
  model: 'thermostat',
  version: 1,
  metrics: {
    temperature: {type: 'number', unit: 'Cel', min: 5, max: 35},
    humidity: {type: 'number', unit: '%', min: 20, max: 90},
  },
  commands: {setTarget: {args: {celsius: {type: 'number', required: true}}}},
  simulate: {
    metrics: {
      temperature: {walk: {start: 21, step: 0.2, reversion: 0.01}},
      humidity: {walk: {start: 45, step: 0.5, reversion: 0.01}},
    },
    commands: {setTarget: {sets: {temperature: 'celsius'}}},
  },
};

export const fleetOf = (changes: Partial<FleetSpec> = {}): FleetSpec => ({
  name: 'rooms',
  model: 'thermostat',
  devices: 2,
  behaviour: {},
  intervalMs: 10,
  jitter: 0,
  spreadMs: undefined,
  qos: 1,
  keepsReadings: true,
  faults: [],
  ...changes,
});

/** Devices `pump-7` and `pump-8` of a test's gateway. */
export const ofGateway = (ids: readonly string[] = ['pump-7', 'pump-8']): PlannedDevice[] =>
  ids.map((id, number) => ({
    id,
    number,
    fleet: 0,
    broker: 0,
    username: `${id}@default`,
    password: DEVICE_SECRET,
  }));

export const planOf = (port: number, spec: ModelSpec, changes: Partial<SimPlan> = {}): SimPlan => ({
  seed: 1,
  clock: {startMs: 1_767_225_600_000, pastMs: 0, fillsPast: false, acceleration: 1},
  durationMs: 400,
  lifeMs: null,
  rate: null,
  brokers: [{target: {transport: 'tcp', host: '127.0.0.1', port}}],
  protocolVersion: 4,
  keepAliveSec: 60,
  window: 10,
  agents: 1,
  connectionsPerSec: 1000,
  topicPrefix: 'me/',
  platform: true,
  fleets: [{fleet: fleetOf(), spec}],
  devices: ofGateway(),
  truthPath: null,
  ...changes,
});
