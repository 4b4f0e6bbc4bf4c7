import type {Fleet, FleetStep} from '../domain/fleet.js';
import {type Address, requestJson} from './request.js';

/** Comparing thousands of devices takes a while. */
const PLAN_TIMEOUT_MS = 120_000;

export class FleetApi {
  readonly #address: Address;

  constructor(address: Address) {
    this.#address = address;
  }

  /** What would have to be done, in its order; changes nothing. */
  async plan(fleet: Fleet, options: {allowBreaking: boolean}): Promise<{steps: FleetStep[]}> {
    return (await requestJson(this.#address, 'POST', '/v1/fleet/plan', {
      body: fleet,
      query: options,
      timeoutMs: PLAN_TIMEOUT_MS,
    })) as {steps: FleetStep[]};
  }
}
