import type {Distribution, MarkovSpec} from '../behaviour.js';
import type {DeviceState} from '../device-state.js';
import {sample} from '../distribution.js';
import {type Generator, type GeneratorContext, numberOfValue} from '../generator.js';
import {draw} from '../random-stream.js';

/** How far a row's sum may be from 1: people write 0.333. */
const SUM_TOLERANCE = 0.005;

/** After a gap that is longer than so many stays, it goes on from where it is. */
const TRANSITIONS_MAX = 1000;

interface State {
  readonly value: number;
  /** Numbers of the states that may follow, and the part of all chances up to and with each. */
  readonly targets: readonly number[];
  readonly limits: readonly number[];
  readonly dwell: Distribution | undefined;
}

/** States that follow each other by chance; a state stays for a message, or for as long as its `dwell` says. */
export class Markov implements Generator {
  readonly #stream: number;
  readonly #states: readonly State[];
  readonly #start: number;
  readonly #byTime: boolean;
  readonly #state: number;
  /** When the state ends, in Unix milliseconds; NaN before the first message. */
  readonly #endsMs: number;

  constructor(context: GeneratorContext, {start, states, dwell}: MarkovSpec) {
    const names = Object.keys(states);
    this.#stream = context.stream;
    this.#byTime = dwell !== undefined;
    this.#states = names.map(name => compileState(context, names, name, states[name]!, dwell));
    for (const name of Object.keys(dwell ?? {})) numberOfState(names, name);
    this.#start = start === undefined ? 0 : numberOfState(names, start);
    this.#state = context.layout.take();
    this.#endsMs = context.layout.take();
  }

  start({numbers}: DeviceState): number {
    numbers[this.#state] = this.#start;
    numbers[this.#endsMs] = Number.NaN;
    return this.#states[this.#start]!.value;
  }

  next(device: DeviceState): number {
    if (this.#byTime) this.#passTime(device);
    else this.#follow(device.numbers);
    return this.#states[device.numbers[this.#state]!]!.value;
  }

  set({numbers}: DeviceState, value: number): void {
    const found = this.#states.findIndex(state => state.value === value);
    if (found === -1) return;
    numbers[this.#state] = found;
    numbers[this.#endsMs] = Number.NaN;
  }

  #passTime({numbers, timeMs}: DeviceState): void {
    if (Number.isNaN(numbers[this.#endsMs])) numbers[this.#endsMs] = timeMs + this.#stay(numbers);
    for (let count = 0; numbers[this.#endsMs]! <= timeMs; count++) {
      if (count === TRANSITIONS_MAX) numbers[this.#endsMs] = timeMs;
      this.#follow(numbers);
      numbers[this.#endsMs]! += this.#stay(numbers);
      if (count === TRANSITIONS_MAX) return;
    }
  }

  #follow(numbers: Float64Array): void {
    const {targets, limits} = this.#states[numbers[this.#state]!]!;
    const part = draw(numbers, this.#stream);
    const found = limits.findIndex(limit => part < limit);
    numbers[this.#state] = targets[found === -1 ? targets.length - 1 : found]!;
  }

  #stay(numbers: Float64Array): number {
    const {dwell} = this.#states[numbers[this.#state]!]!;
    return dwell ? sample(dwell, numbers, this.#stream) : 0;
  }
}

function compileState(
  context: GeneratorContext,
  names: readonly string[],
  name: string,
  row: Readonly<Record<string, number>>,
  dwell: MarkovSpec['dwell'],
): State {
  const chances = Object.values(row);
  const total = chances.reduce((sum, chance) => sum + chance, 0);
  if (Math.abs(total - 1) > SUM_TOLERANCE)
    throw new RangeError(`the chances of state ${name} add up to ${Number(total.toFixed(4))}, not to 1`);
  if (dwell !== undefined && !Object.hasOwn(dwell, name))
    throw new RangeError(`dwell does not say how long state ${name} lasts`);
  let sum = 0;
  return {
    value: numberOfValue(context, name),
    targets: Object.keys(row).map(target => numberOfState(names, target)),
    limits: chances.map(chance => {
      sum += chance / total;
      return sum;
    }),
    dwell: dwell?.[name],
  };
}

function numberOfState(names: readonly string[], name: string): number {
  const number = names.indexOf(name);
  if (number === -1) throw new RangeError(`no state ${name}; there are: ${names.join(', ')}`);
  return number;
}
