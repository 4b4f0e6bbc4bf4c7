/** What the devices of a process count together. */
import {Measurements} from '../measure/measurements.js';

export class Tally {
  readonly measurements = new Measurements();
  #connected = 0;
  #inFlight = 0;

  get connectedNow(): number {
    return this.#connected;
  }

  get inFlightNow(): number {
    return this.#inFlight;
  }

  connected(change: 1 | -1): void {
    this.#connected += change;
    this.measurements.gauge('connectedNow', this.#connected);
  }

  inFlight(change: number): void {
    this.#inFlight += change;
    this.measurements.gauge('inFlight', this.#inFlight);
  }

  /** What a platform says on a device's topic `error`: `{topic, code, detail}`. */
  refused(payload: Uint8Array): void {
    let code: unknown;
    try {
      ({code} = JSON.parse(Buffer.from(payload).toString()) as {code?: unknown});
    } catch {
      // Then nobody can say why.
    }
    this.measurements.fail('publish', typeof code === 'string' ? code : 'refused');
  }
}
