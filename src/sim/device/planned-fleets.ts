/** The fleets of a run: those of a scenario, or one of a model alone, with what the command line says instead. */
import {readFleetModel} from './fleet-model.js';
import {streamsIn} from './fleet-rate.js';
import type {FleetSpec, Scenario} from './scenario.js';
import type {ModelledFleet} from './scenario-file.js';

const DURATION_MS = 10_000;

export interface Overrides {
  readonly devices?: number | undefined;
  /** Messages per second of all devices together. */
  readonly ratePerSec?: number | undefined;
  readonly intervalMs?: number | undefined;
  readonly jitter?: number | undefined;
  readonly qos?: 0 | 1 | 2 | undefined;
}

export const singleFleet = (model: string, devices: number): FleetSpec => ({
  name: model,
  model,
  devices,
  behaviour: {},
  intervalMs: undefined,
  jitter: undefined,
  spreadMs: undefined,
  qos: 1,
  keepsReadings: true,
  faults: [],
});

/** One fleet of that model. */
export async function singleScenario(
  model: string,
  devices: number,
): Promise<{readonly scenario: Scenario; readonly fleets: readonly ModelledFleet[]}> {
  const spec = await readFleetModel(model, process.cwd());
  const fleet = {...singleFleet(model, devices), name: spec.model};
  const scenario = {
    name: spec.model,
    description: '',
    seed: 1,
    durationMs: DURATION_MS,
    fleets: [fleet],
    thresholds: [],
  };
  return {scenario, fleets: [{fleet, spec}]};
}

/** A number of devices is shared out in proportion; a rate is that of all of them. */
export function overridden(fleets: readonly ModelledFleet[], overrides: Overrides): ModelledFleet[] {
  const counts = sharesOf(
    fleets.map(({fleet}) => fleet.devices),
    overrides.devices,
  );
  const {ratePerSec, jitter, qos} = overrides;
  const changed = fleets.map(({fleet, spec}, index) => ({fleet: {...fleet, devices: counts[index]!}, spec}));
  const intervalMs =
    ratePerSec === undefined ? overrides.intervalMs : (streamsIn(changed) * 1000) / ratePerSec;
  return changed.map(({fleet, spec}) => ({
    spec,
    fleet: {
      ...fleet,
      intervalMs: intervalMs ?? fleet.intervalMs,
      jitter: jitter ?? fleet.jitter,
      qos: qos ?? fleet.qos,
    },
  }));
}

/** Whole numbers in proportion to the weights, whose sum is `total`: the largest remainders are rounded up. */
function sharesOf(weights: readonly number[], total: number | undefined): number[] {
  if (total === undefined) return [...weights];
  const sum = weights.reduce((all, weight) => all + weight, 0);
  const exact = weights.map(weight => (weight * total) / sum);
  const shares = exact.map(Math.floor);
  const byRemainder = exact
    .map((share, index) => ({index, rest: share - Math.floor(share)}))
    .sort((a, b) => b.rest - a.rest);
  const missing = total - shares.reduce((all, share) => all + share, 0);
  for (const {index} of byRemainder.slice(0, missing)) shares[index]!++;
  return shares;
}

export interface NamedDevice {
  readonly id: string;
  /** In the whole run, from 0. */
  readonly number: number;
  readonly fleet: number;
  readonly model: string;
}

/** `{prefix}{n}` where there is one fleet, `{prefix}{fleet}-{n}` where there are several; n from `start`. */
export function namedDevices(
  fleets: readonly ModelledFleet[],
  {prefix, start}: {readonly prefix: string; readonly start: number},
): NamedDevice[] {
  let number = start - 1;
  return fleets.flatMap(({fleet, spec}, index) =>
    Array.from({length: fleet.devices}, (_, place) => ({
      id: `${prefix}${fleets.length > 1 ? `${fleet.name}-` : ''}${start + place}`,
      number: number++,
      fleet: index,
      model: spec.model,
    })),
  );
}
