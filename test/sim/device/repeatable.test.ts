/** The same seed gives the same bytes in the same order, whenever, and in however many processes. */
import {expect, it} from 'vitest';
import {faultSchema} from '../../../src/sim/device/faults/fault-schema.js';
import type {SimPlan} from '../../../src/sim/device/sim-plan.js';
import {SimRun} from '../../../src/sim/device/sim-run.js';
import {fleetOf, planOf, THERMOSTAT} from '../../support/sim-plan.js';
import {startGateway} from '../../support/start-gateway.js';
import {hashesByDevice} from '../../support/told.js';

const spec = THERMOSTAT;
const fleet = fleetOf({
  intervalMs: 10_000,
  jitter: 0.3,
  faults: [
    {fault: 'spike', by: '300%', probability: '2%'},
    {fault: 'stuck-value', rate: '2/h', for: '5m'},
    {fault: 'duplicate', probability: '1%'},
    {fault: 'out-of-order', probability: '1%'},
  ].map(fault => faultSchema.parse(fault)),
});

/** Hashes of what both devices told in an hour of their lives. */
async function told(changes: Partial<SimPlan>, split: boolean): Promise<Record<string, string>> {
  await using gateway = await startGateway();
  const plan = planOf(gateway.port, spec, {
    clock: {startMs: 1_767_225_600_000, pastMs: 0, fillsPast: false, acceleration: 20_000},
    durationMs: null,
    lifeMs: 3_600_000,
    fleets: [{fleet, spec}],
    ...changes,
  });
  const parts = split ? plan.devices.map(device => ({...plan, devices: [device]})) : [plan];
  await Promise.all(parts.map(part => new SimRun(part).run()));
  return hashesByDevice(await gateway.events());
}

it('is repeatable by its seed, and only by it', async () => {
  const once = await told({}, false);
  expect(Object.keys(once)).toEqual(['pump-7', 'pump-8']);
  expect(once['pump-7']).not.toBe(once['pump-8']);
  expect(await told({window: 4}, false)).toEqual(once);
  expect(
    await told({clock: {startMs: 1_767_225_600_000, pastMs: 0, fillsPast: true, acceleration: 1}}, true),
  ).toEqual(once);
  expect(await told({seed: 2}, false)).not.toEqual(once);
});
