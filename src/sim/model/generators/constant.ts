import type {Scalar} from '../behaviour.js';
import {CompiledParameter} from '../compiled-parameter.js';
import type {DeviceState} from '../device-state.js';
import {demandNumbers, type Generator, type GeneratorContext, numberOfValue} from '../generator.js';

/** Stays as it is until somebody sets it. */
export class Constant implements Generator {
  readonly #stream: number;
  readonly #value: CompiledParameter;
  readonly #at: number;

  constructor(context: GeneratorContext, value: Scalar | readonly [number, number]) {
    if (typeof value === 'object') demandNumbers(context, 'a range');
    this.#stream = context.stream;
    const parameter = typeof value === 'object' ? value : numberOfValue(context, value);
    this.#value = new CompiledParameter(context.layout, parameter);
    this.#at = context.layout.take();
  }

  start(device: DeviceState): number {
    this.#value.start(device, this.#stream);
    const value = this.#value.of(device);
    device.numbers[this.#at] = value;
    return value;
  }

  next({numbers}: DeviceState): number {
    return numbers[this.#at]!;
  }

  set({numbers}: DeviceState, value: number): void {
    numbers[this.#at] = value;
  }
}
