/** A device that reads nothing for a while, as whoever talks to it sees it. */
import {expect, it} from 'vitest';
import {faultSchema} from '../../../src/sim/device/faults/fault-schema.js';
import {SimRun} from '../../../src/sim/device/sim-run.js';
import {until, within} from '../../support/deadline.js';
import {fleetOf, ofGateway, planOf, THERMOSTAT} from '../../support/sim-plan.js';
import {startGateway} from '../../support/start-gateway.js';

const slow = (fault: object, plan: object = {}) => {
  const fleet = fleetOf({faults: [faultSchema.parse({fault: 'slow-reader', ...fault})], spreadMs: 0});
  return {fleets: [{fleet, spec: THERMOSTAT}], devices: ofGateway(['pump-7']), ...plan};
};

it('answers nothing until it reads again, and then everything', async () => {
  await using gateway = await startGateway();
  const run = new SimRun(
    planOf(gateway.port, THERMOSTAT, slow({at: '100ms', for: '500ms'}, {durationMs: null})),
  );
  const running = run.run();
  // Ten messages are in flight, and none is acknowledged to who does not read.
  await until(() => run.snapshot().measurements.gauges.inFlight.now === 10, 'it to read no more');
  const {sent} = run.snapshot().measurements.counters;
  const command = {tenant: 'default', device: 'pump-7', via: [], id: 'c1', name: 'setTarget'};
  gateway.gateway.devices.deliver({...command, payload: '{"celsius":19}'});
  await gateway.event('command.result');
  await until(() => run.snapshot().measurements.counters.acknowledged > sent + 50, 'it to go on');
  run.stop();
  const {measurements} = await running;
  expect(measurements.failures).toEqual({});
  expect(measurements.counters).toMatchObject({unacknowledged: 0, repeated: 0, commandsAnswered: 1});
  expect(measurements.latencies.puback).toBeDefined();
});

it('reads again when its life or the run is over', async () => {
  await using gateway = await startGateway();
  for (const times of [{durationMs: null, lifeMs: 300}, {durationMs: 300}]) {
    const run = new SimRun(planOf(gateway.port, THERMOSTAT, slow({at: '100ms', for: '1h'}, times)));
    const {measurements} = await within(run.run(), 'the end of the run');
    expect(measurements.counters.unacknowledged).toBe(0);
    expect(measurements.counters.acknowledged).toBeGreaterThan(10);
  }
});
