import type {DiurnalSpec} from '../behaviour.js';
import {CompiledParameter} from '../compiled-parameter.js';
import type {DeviceState} from '../device-state.js';
import {demandNumbers, type Generator, type GeneratorContext} from '../generator.js';
import type {LocalClock} from '../local-clock.js';
import {drawNormal} from '../random-stream.js';

const DAY_HOURS = 24;

/** The warmest hour of a day, roughly, and the one that most things follow. */
const PEAK_HOUR = 15;

/** Follows the local hour, and the weekday. */
export class Diurnal implements Generator {
  readonly #stream: number;
  readonly #clock: LocalClock;
  readonly #low: CompiledParameter;
  readonly #high: CompiledParameter;
  readonly #peak: CompiledParameter;
  readonly #scale: CompiledParameter;
  readonly #noise: CompiledParameter;
  readonly #hours: readonly number[] | undefined;
  readonly #weekdays: readonly number[] | undefined;

  constructor(context: GeneratorContext, spec: DiurnalSpec) {
    demandNumbers(context, 'diurnal');
    const {layout} = context;
    this.#stream = context.stream;
    this.#clock = context.clock;
    this.#low = new CompiledParameter(layout, spec.low ?? 0);
    this.#high = new CompiledParameter(layout, spec.high ?? 0);
    this.#peak = new CompiledParameter(layout, spec.peak ?? PEAK_HOUR);
    this.#scale = new CompiledParameter(layout, spec.scale ?? 1);
    this.#noise = new CompiledParameter(layout, spec.noise ?? 0);
    this.#hours = spec.hours;
    this.#weekdays = spec.weekdays;
  }

  start(device: DeviceState): number {
    for (const parameter of [this.#low, this.#high, this.#peak, this.#scale, this.#noise])
      parameter.start(device, this.#stream);
    return (this.#hours?.[0] ?? this.#low.of(device)) * this.#scale.of(device);
  }

  next(device: DeviceState): number {
    const {timeMs, numbers} = device;
    const hour = this.#clock.hourOf(timeMs);
    const level = this.#hours ? between(this.#hours, hour) : this.#wave(device, hour);
    const factor = this.#scale.of(device) * (this.#weekdays?.[this.#clock.weekdayOf(timeMs)] ?? 1);
    const noise = this.#noise.of(device);
    return level * factor + (noise === 0 ? 0 : noise * drawNormal(numbers, this.#stream));
  }

  #wave(device: DeviceState, hour: number): number {
    const low = this.#low.of(device);
    const high = this.#high.of(device);
    const angle = (2 * Math.PI * (hour - this.#peak.of(device))) / DAY_HOURS;
    return (low + high) / 2 + ((high - low) / 2) * Math.cos(angle);
  }
}

/** On the straight line between the two points around that hour; the last is joined to the first. */
function between(points: readonly number[], hour: number): number {
  const place = (hour / DAY_HOURS) * points.length;
  const before = Math.floor(place) % points.length;
  const from = points[before]!;
  const to = points[(before + 1) % points.length]!;
  return from + (to - from) * (place - Math.floor(place));
}
