import type {SineSpec} from '../behaviour.js';
import {CompiledParameter} from '../compiled-parameter.js';
import type {DeviceState} from '../device-state.js';
import {demandNumbers, type Generator, type GeneratorContext} from '../generator.js';
import {drawNormal} from '../random-stream.js';

/** A wave over time; periods are counted from 1970, so that devices are in step where their phases are the same. */
export class Sine implements Generator {
  readonly #stream: number;
  readonly #periodMs: number;
  readonly #mean: CompiledParameter;
  readonly #amplitude: CompiledParameter;
  readonly #phase: CompiledParameter;
  readonly #noise: CompiledParameter | undefined;

  constructor(context: GeneratorContext, {period, mean, amplitude, phase = 0, noise}: SineSpec) {
    demandNumbers(context, 'sine');
    const {layout} = context;
    this.#stream = context.stream;
    this.#periodMs = period;
    this.#mean = new CompiledParameter(layout, mean);
    this.#amplitude = new CompiledParameter(layout, amplitude);
    this.#phase = new CompiledParameter(layout, phase);
    this.#noise = noise === undefined ? undefined : new CompiledParameter(layout, noise);
  }

  start(device: DeviceState): number {
    for (const parameter of [this.#mean, this.#amplitude, this.#phase, this.#noise])
      parameter?.start(device, this.#stream);
    return this.#mean.of(device);
  }

  next(device: DeviceState): number {
    const periods = (device.timeMs % this.#periodMs) / this.#periodMs + this.#phase.of(device);
    const wave = this.#mean.of(device) + this.#amplitude.of(device) * Math.sin(2 * Math.PI * periods);
    if (this.#noise === undefined) return wave;
    return wave + this.#noise.of(device) * drawNormal(device.numbers, this.#stream);
  }
}
