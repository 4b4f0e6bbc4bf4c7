/** Values that know nothing of the ones before them. */
import type {EnumSpec, NormalSpec, UniformSpec} from '../behaviour.js';
import {CompiledParameter} from '../compiled-parameter.js';
import type {DeviceState} from '../device-state.js';
import {demandNumbers, type Generator, type GeneratorContext, numberOfValue} from '../generator.js';
import {draw, drawNormal} from '../random-stream.js';

export class Normal implements Generator {
  readonly #stream: number;
  readonly #mean: CompiledParameter;
  readonly #sd: CompiledParameter;

  constructor(context: GeneratorContext, {mean, sd}: NormalSpec) {
    demandNumbers(context, 'normal');
    this.#stream = context.stream;
    this.#mean = new CompiledParameter(context.layout, mean);
    this.#sd = new CompiledParameter(context.layout, sd);
  }

  start(device: DeviceState): number {
    this.#mean.start(device, this.#stream);
    this.#sd.start(device, this.#stream);
    return this.#mean.of(device);
  }

  next(device: DeviceState): number {
    return this.#mean.of(device) + this.#sd.of(device) * drawNormal(device.numbers, this.#stream);
  }
}

export class Uniform implements Generator {
  readonly #stream: number;
  readonly #min: CompiledParameter;
  readonly #max: CompiledParameter;
  /** Of integers, both ends are as likely as any other value. */
  readonly #isWhole: boolean;

  constructor(context: GeneratorContext, {min, max}: UniformSpec) {
    demandNumbers(context, 'uniform');
    if (highest(min) > lowest(max)) throw new RangeError(`min ${highest(min)} is above max ${lowest(max)}`);
    this.#stream = context.stream;
    this.#min = new CompiledParameter(context.layout, min);
    this.#max = new CompiledParameter(context.layout, max);
    this.#isWhole = context.spec.type === 'integer';
  }

  start(device: DeviceState): number {
    this.#min.start(device, this.#stream);
    this.#max.start(device, this.#stream);
    return this.#min.of(device);
  }

  next(device: DeviceState): number {
    const min = this.#min.of(device);
    const span = this.#max.of(device) - min;
    const part = draw(device.numbers, this.#stream);
    return this.#isWhole ? min + Math.floor(part * (span + 1)) : min + part * span;
  }
}

const lowest = (parameter: UniformSpec['min']): number =>
  typeof parameter === 'number' ? parameter : parameter[0];
const highest = (parameter: UniformSpec['min']): number =>
  typeof parameter === 'number' ? parameter : parameter[1];

/** One of some values, each with its weight. */
export class Choice implements Generator {
  readonly #stream: number;
  readonly #values: readonly number[];
  /** Of each value: the part of all weights up to and with its own. */
  readonly #limits: readonly number[];

  constructor(context: GeneratorContext, choices: EnumSpec) {
    this.#stream = context.stream;
    this.#values = [...choices.keys()].map(value => numberOfValue(context, value));
    const total = [...choices.values()].reduce((sum, weight) => sum + weight, 0);
    let sum = 0;
    this.#limits = [...choices.values()].map(weight => {
      sum += weight;
      return sum / total;
    });
  }

  start(): number {
    return this.#values[0]!;
  }

  next({numbers}: DeviceState): number {
    const part = draw(numbers, this.#stream);
    const found = this.#limits.findIndex(limit => part < limit);
    return this.#values[found === -1 ? this.#values.length - 1 : found]!;
  }
}
