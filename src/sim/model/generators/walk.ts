import type {WalkSpec} from '../behaviour.js';
import {CompiledParameter} from '../compiled-parameter.js';
import type {DeviceState} from '../device-state.js';
import {demandNumbers, type Generator, type GeneratorContext} from '../generator.js';
import {draw} from '../random-stream.js';

/** Each message takes a step in any direction, and goes back a part of the way to where it belongs. */
export class Walk implements Generator {
  readonly #stream: number;
  readonly #start: CompiledParameter;
  readonly #step: CompiledParameter;
  readonly #reversion: CompiledParameter;
  readonly #around: CompiledParameter | undefined;
  readonly #min: number;
  readonly #max: number;
  readonly #at: number;

  constructor(context: GeneratorContext, {start, step, reversion = 0, around, min, max}: WalkSpec) {
    demandNumbers(context, 'walk');
    const {layout, spec, stream} = context;
    this.#min = Math.max(min ?? -Infinity, spec.min ?? -Infinity);
    this.#max = Math.min(max ?? Infinity, spec.max ?? Infinity);
    if (this.#min > this.#max) throw new RangeError(`min ${this.#min} is above max ${this.#max}`);
    this.#stream = stream;
    this.#start = new CompiledParameter(layout, start ?? middleOf(this.#min, this.#max));
    this.#step = new CompiledParameter(layout, step);
    this.#reversion = new CompiledParameter(layout, reversion);
    this.#around = around === undefined ? undefined : new CompiledParameter(layout, around);
    this.#at = layout.take();
  }

  start(device: DeviceState): number {
    for (const parameter of [this.#start, this.#step, this.#reversion, this.#around])
      parameter?.start(device, this.#stream);
    const value = this.#start.of(device);
    device.numbers[this.#at] = value;
    return value;
  }

  next(device: DeviceState): number {
    const {numbers} = device;
    const last = numbers[this.#at]!;
    const home = (this.#around ?? this.#start).of(device);
    const step = (draw(numbers, this.#stream) * 2 - 1) * this.#step.of(device);
    const moved = last + step + (home - last) * this.#reversion.of(device);
    const value = Math.min(this.#max, Math.max(this.#min, moved));
    numbers[this.#at] = value;
    return value;
  }

  set({numbers}: DeviceState, value: number): void {
    numbers[this.#at] = value;
  }
}

function middleOf(min: number, max: number): number {
  if (Number.isFinite(min) && Number.isFinite(max)) return (min + max) / 2;
  return Number.isFinite(min) ? min : Number.isFinite(max) ? max : 0;
}
