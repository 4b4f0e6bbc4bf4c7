import type {CounterSpec} from '../behaviour.js';
import {CompiledParameter} from '../compiled-parameter.js';
import type {DeviceState} from '../device-state.js';
import {compileExpression} from '../expression/compile.js';
import type {Evaluate} from '../expression/functions.js';
import {demandNumbers, type Generator, type GeneratorContext} from '../generator.js';
import type {LocalClock} from '../local-clock.js';
import {draw, drawNormal} from '../random-stream.js';

/** Above that many events on average, their number is drawn from the normal distribution that is close to Poisson's. */
const POISSON_MAX = 30;

/** Adds up, by message or by time. */
export class Counter implements Generator {
  readonly #spec: CounterSpec;
  readonly #stream: number;
  readonly #clock: LocalClock;
  readonly #start: CompiledParameter;
  /** Absent where an expression says it. */
  readonly #by: CompiledParameter | undefined;
  readonly #amount: Evaluate;
  readonly #at: number;
  /** When it was 0 last: a day, or a time. */
  readonly #resetAt: number;

  constructor(context: GeneratorContext, spec: CounterSpec) {
    demandNumbers(context, 'counter');
    this.#spec = spec;
    this.#stream = context.stream;
    this.#clock = context.clock;
    this.#start = new CompiledParameter(context.layout, spec.start ?? 0);
    const by = typeof spec.by === 'string' ? undefined : new CompiledParameter(context.layout, spec.by);
    this.#by = by;
    this.#amount = by ? device => by.of(device) : amountOf(context, spec.by as string);
    this.#at = context.layout.take();
    this.#resetAt = context.layout.take();
  }

  start(device: DeviceState): number {
    this.#start.start(device, this.#stream);
    this.#by?.start(device, this.#stream);
    const value = this.#start.of(device);
    device.numbers[this.#at] = value;
    device.numbers[this.#resetAt] = Number.NaN;
    return value;
  }

  next(device: DeviceState): number {
    const {numbers} = device;
    if (this.#spec.reset !== undefined) this.#reset(device, this.#spec.reset);
    let total = numbers[this.#at]! + this.#added(device);
    const {wrap} = this.#spec;
    if (wrap !== undefined && total >= wrap) total %= wrap;
    if (Number.isFinite(total)) numbers[this.#at] = total;
    return total;
  }

  set({numbers}: DeviceState, value: number): void {
    numbers[this.#at] = value;
  }

  #added(device: DeviceState): number {
    const {per, random} = this.#spec;
    const mean = this.#amount(device) * (per === undefined ? 1 : device.passedMs / per);
    return random === true ? poisson(mean, device.numbers, this.#stream) : mean;
  }

  #reset({numbers, timeMs}: DeviceState, reset: 'daily' | number): void {
    const now = reset === 'daily' ? this.#clock.dayOf(timeMs) : Math.floor(timeMs / reset);
    const last = numbers[this.#resetAt]!;
    numbers[this.#resetAt] = now;
    if (last !== now && !Number.isNaN(last)) numbers[this.#at] = 0;
  }
}

function amountOf(context: GeneratorContext, text: string): Evaluate {
  const {kind, evaluate} = compileExpression(context, text);
  if (kind === 'text') throw new RangeError('`by` gives a text, and a counter adds numbers');
  return evaluate;
}

/** How many events come where `mean` are expected (Knuth, The Art of Computer Programming 2, 3.4.1). */
function poisson(mean: number, numbers: Float64Array, stream: number): number {
  if (!(mean > 0)) return 0;
  if (mean > POISSON_MAX)
    return Math.max(0, Math.round(mean + Math.sqrt(mean) * drawNormal(numbers, stream)));
  const limit = Math.exp(-mean);
  let events = 0;
  for (let product = draw(numbers, stream); product > limit; product *= draw(numbers, stream)) events++;
  return events;
}
