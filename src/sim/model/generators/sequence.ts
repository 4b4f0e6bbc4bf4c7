import type {SequenceSpec} from '../behaviour.js';
import type {DeviceState} from '../device-state.js';
import {type Generator, type GeneratorContext, numberOfValue} from '../generator.js';

/** One value after the other, by message or by time. */
export class Sequence implements Generator {
  readonly #values: readonly number[];
  readonly #eachMs: number | undefined;
  readonly #loop: boolean;
  readonly #spentMs: number;
  readonly #next: number;

  constructor(context: GeneratorContext, {values, each, loop}: SequenceSpec) {
    this.#values = values.map(value => numberOfValue(context, value));
    this.#eachMs = each;
    this.#loop = loop;
    this.#next = context.layout.take();
    this.#spentMs = context.layout.take();
  }

  start({numbers}: DeviceState): number {
    numbers[this.#next] = 0;
    numbers[this.#spentMs] = 0;
    return this.#values[0]!;
  }

  next(device: DeviceState): number {
    const {numbers} = device;
    if (this.#eachMs !== undefined)
      return this.#values[this.#bounded(this.#placeByTime(device, this.#eachMs))]!;
    const place = numbers[this.#next]!;
    numbers[this.#next] = this.#bounded(place + 1);
    return this.#values[place]!;
  }

  #placeByTime({numbers, passedMs}: DeviceState, eachMs: number): number {
    const spentMs = numbers[this.#spentMs]! + Math.max(0, passedMs);
    numbers[this.#spentMs] = spentMs;
    return Math.floor(spentMs / eachMs);
  }

  #bounded(place: number): number {
    const {length} = this.#values;
    return this.#loop ? place % length : Math.min(place, length - 1);
  }
}
