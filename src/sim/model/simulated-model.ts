/** A model, compiled once: from it come as many devices as one likes, each a few hundred bytes. */
import type {ModelSpec} from '../../domain/model.js';
import type {SimulateSpec} from './behaviour.js';
import type {CompiledMetric, MetricGroup} from './compiled-metric.js';
import type {DeviceState} from './device-state.js';
import {ModelCompiler} from './model-compiler.js';
import type {Problem} from './problem.js';
import {keyOf, seedStream} from './random-stream.js';
import {SimulatedDevice} from './simulated-device.js';
import type {TextTable} from './text-table.js';

/** So many devices have their numbers in one piece. */
const ROOMS_MAX = 256;

export class SimulatedModel {
  readonly spec: ModelSpec;
  readonly behaviour: SimulateSpec;
  readonly groups: readonly MetricGroup[];
  readonly texts: TextTable;
  /** Where the random stream of what devices do is, apart from those of their values. */
  readonly stream: number;
  readonly #metrics: readonly CompiledMetric[];
  readonly #byName: ReadonlyMap<string, CompiledMetric>;
  readonly #streams: ModelCompiler['streams'];
  readonly #places: number;
  /** Of several devices, and how many of its numbers are given away; the first device gets no more than it needs. */
  #rooms = new Float64Array(0);
  #roomAt = 0;
  #roomsNext = 1;

  private constructor(
    spec: ModelSpec,
    behaviour: SimulateSpec,
    compiler: ModelCompiler,
    groups: MetricGroup[],
  ) {
    this.spec = spec;
    this.behaviour = behaviour;
    this.groups = groups;
    this.texts = compiler.texts;
    this.#metrics = compiler.metrics;
    this.#byName = new Map(
      compiler.metrics
        .toReversed()
        .map(metric => [
          metric.component === '' ? metric.name : `${metric.component}.${metric.name}`,
          metric,
        ]),
    );
    this.stream = compiler.stream('behaviour');
    this.#streams = compiler.streams;
    this.#places = compiler.layout.size;
  }

  /** With what does not fit; a model with problems is not to be run. */
  static compile(
    spec: ModelSpec,
    behaviour: SimulateSpec,
  ): {readonly model: SimulatedModel; readonly problems: readonly Problem[]} {
    const compiler = new ModelCompiler(behaviour);
    const groups = compiler.groups(spec, behaviour);
    return {model: new SimulatedModel(spec, behaviour, compiler, groups), problems: compiler.problems};
  }

  /** `temperature`, or `motor.rpm` for one of a component. */
  metric(name: string): CompiledMetric | undefined {
    return this.#byName.get(name);
  }

  /** The same seed and index give the same device, whatever other devices there are. */
  device(seed: number | string, index: number): SimulatedDevice {
    const state: DeviceState = {numbers: this.#room(), index, timeMs: 0, passedMs: 0};
    const key = keyOf(`${seed}/${index}`);
    for (const {lastTime} of this.groups) state.numbers[lastTime] = Number.NaN;
    for (const stream of this.#streams) seedStream(state.numbers, stream.at, key, stream.key);
    for (const {value, generator, format} of this.#metrics) {
      const first = generator.start(state);
      state.numbers[value] = format.bounded(Number.isFinite(first) ? first : 0);
    }
    return new SimulatedDevice(this, state);
  }

  /** Zeros for one device. Memory of its own would cost each another few hundred bytes. */
  #room(): Float64Array {
    if (this.#roomAt + this.#places > this.#rooms.length) {
      this.#rooms = new Float64Array(this.#places * this.#roomsNext);
      this.#roomAt = 0;
      this.#roomsNext = ROOMS_MAX;
    }
    const from = this.#roomAt;
    this.#roomAt += this.#places;
    return this.#rooms.subarray(from, this.#roomAt);
  }
}
