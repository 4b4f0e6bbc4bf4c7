/** A number of a generator: the same for all devices, or each device's own. */
import type {Parameter} from './behaviour.js';
import type {DeviceState, Layout} from './device-state.js';
import {draw} from './random-stream.js';

const SHARED = -1;

export class CompiledParameter {
  readonly #low: number;
  readonly #high: number;
  readonly #at: number;

  constructor(layout: Layout, parameter: Parameter) {
    const isRange = typeof parameter !== 'number';
    this.#low = isRange ? parameter[0] : parameter;
    this.#high = isRange ? parameter[1] : parameter;
    this.#at = isRange ? layout.take() : SHARED;
  }

  /** Draws it for a device, from the random stream at `stream`. */
  start({numbers}: DeviceState, stream: number): void {
    if (this.#at !== SHARED) numbers[this.#at] = this.#low + (this.#high - this.#low) * draw(numbers, stream);
  }

  of({numbers}: DeviceState): number {
    return this.#at === SHARED ? this.#low : numbers[this.#at]!;
  }
}
