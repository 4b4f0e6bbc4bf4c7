/** How many messages all devices of a run tell in a second, together, and how that changes. */
import type {RateStage} from '../load/rate-curve.js';
import {RateCurve} from '../load/rate-curve.js';
import {readSimulation} from '../model/read-simulation.js';
import type {ModelledFleet} from './scenario-file.js';

/** As plain JSON. */
export interface PlannedRate {
  readonly startPerSec: number;
  readonly stages: readonly RateStage[];
  /** In all processes of the run. */
  readonly streams: number;
}

/** The devices and components of the whole run that tell something: each tells as often as the others. */
export const streamsIn = (fleets: readonly ModelledFleet[]): number =>
  fleets.reduce(
    (sum, {fleet, spec}) => sum + fleet.devices * (readSimulation(spec).model?.groups.length ?? 1),
    0,
  );

export class FleetRate {
  readonly #curve: RateCurve;
  readonly #streams: number;

  constructor({startPerSec, stages, streams}: PlannedRate) {
    this.#curve = new RateCurve(startPerSec, stages);
    this.#streams = streams;
  }

  /** When a stream has its turn for the `turn`-th time, since the load began; parts of a turn lie evenly between. */
  dueMs(turn: number): number {
    return this.#curve.dueMs(Math.max(0, turn) * this.#streams);
  }
}
