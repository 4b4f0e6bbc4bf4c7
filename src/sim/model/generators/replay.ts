import type {ReplaySpec} from '../behaviour.js';
import type {DeviceState} from '../device-state.js';
import {type Generator, type GeneratorContext, numberOfValue} from '../generator.js';

/** Repeats what was recorded: a row with each message, or rows at their times. */
export class Replay implements Generator {
  readonly #values: readonly number[];
  /** Since the first row; absent where each message has the next row. */
  readonly #afterMs: Float64Array | undefined;
  /** From the first row to where it begins again: the last one lasts as long as the others on average. */
  readonly #roundMs: number;
  readonly #speed: number;
  readonly #loop: boolean;
  /** The next row, or milliseconds of the recording. */
  readonly #at: number;

  constructor(context: GeneratorContext, {samples, file, speed, loop}: ReplaySpec) {
    if (!samples) throw new RangeError(`replays ${file}, which is read for models in files only`);
    this.#values = samples.values.map(value => (value === null ? Number.NaN : numberOfValue(context, value)));
    const {timesMs} = samples;
    this.#afterMs = timesMs && Float64Array.from(timesMs, timeMs => timeMs - timesMs[0]!);
    const lastMs = this.#afterMs?.at(-1) ?? 0;
    this.#roundMs = Math.max(1, lastMs + lastMs / Math.max(1, this.#values.length - 1));
    this.#speed = speed;
    this.#loop = loop;
    this.#at = context.layout.take();
  }

  start({numbers}: DeviceState): number {
    numbers[this.#at] = 0;
    return this.#values[0]!;
  }

  /** Where the recording has no value, the one before stays. */
  next(device: DeviceState): number {
    const {numbers} = device;
    if (this.#afterMs) return this.#values[this.#rowAtTime(device, this.#afterMs)]!;
    const row = numbers[this.#at]!;
    const last = this.#values.length - 1;
    numbers[this.#at] = row < last ? row + 1 : this.#loop ? 0 : last;
    return this.#values[row]!;
  }

  #rowAtTime({numbers, passedMs}: DeviceState, afterMs: Float64Array): number {
    const spentMs = numbers[this.#at]! + Math.max(0, passedMs) * this.#speed;
    const atMs = this.#loop ? spentMs % this.#roundMs : spentMs;
    numbers[this.#at] = atMs;
    return lastNotAfter(afterMs, atMs);
  }
}

/** The number of the last of the sorted times that is not above `timeMs`; the first one is not. */
function lastNotAfter(times: Float64Array, timeMs: number): number {
  let [low, high] = [0, times.length - 1];
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (times[middle]! <= timeMs) low = middle;
    else high = middle - 1;
  }
  return low;
}
