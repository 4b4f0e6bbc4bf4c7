/** What all generators are, and what they are compiled from. */
import type {ValueSpec} from '../../domain/model.js';
import type {Scalar} from './behaviour.js';
import type {DeviceState, Layout} from './device-state.js';
import type {LocalClock} from './local-clock.js';
import type {TextTable} from './text-table.js';

/** One metric's values. It is shared by all devices of a model; what is a device's own is in its state. */
export interface Generator {
  /** Puts a new device in place, and gives the value before its first message; its random stream is at its beginning. */
  start(device: DeviceState): number;
  /** The value at the device's time. A text is its number in the table, true is 1. Not finite: no new value. */
  next(device: DeviceState): number;
  /** A command, or what is desired, puts another value in place; absent where the next value follows from other things. */
  set?: ((device: DeviceState, value: number) => void) | undefined;
}

export interface GeneratorContext {
  readonly layout: Layout;
  /** Where the metric's random stream is. */
  readonly stream: number;
  readonly spec: ValueSpec;
  readonly clock: LocalClock;
  readonly texts: TextTable;
  /**
   * Another metric that the value follows from: as it is in this message, or as it was in the one before. Undefined where
   * there is none of that name.
   */
  find(name: string, when: 'now' | 'before'): {readonly spec: ValueSpec; readonly at: number} | undefined;
  /** Was the metric itself found, as it was before? */
  readsItself(): boolean;
}

/** A value of the metric as a number. Throws a RangeError that says in words why it is none. */
export function numberOfValue(
  {spec: {type, values}, texts}: Pick<GeneratorContext, 'spec' | 'texts'>,
  value: Scalar,
): number {
  if (type === 'string') {
    const text = String(value);
    if (values !== undefined && !values.includes(text))
      throw new RangeError(`${JSON.stringify(text)} is none of ${values.join(', ')}`);
    const number = texts.numberOf(text);
    if (number === undefined) throw new RangeError('the model has too many texts');
    return number;
  }
  if (type === 'boolean') {
    if (value === true || value === 'true') return 1;
    if (value === false || value === 'false') return 0;
    throw new RangeError(`${JSON.stringify(value)} is neither true nor false`);
  }
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  if (typeof number !== 'number' || !Number.isFinite(number))
    throw new RangeError(`${JSON.stringify(value)} is not a number`);
  if (type === 'integer' && !Number.isInteger(number)) throw new RangeError(`${number} is not an integer`);
  return number;
}

/** Throws a RangeError where the metric has no numbers to be generated. */
export function demandNumbers({spec: {type}}: GeneratorContext, generator: string): void {
  if (type === 'string' || type === 'boolean')
    throw new RangeError(`${generator} gives numbers, and the metric is a ${type}`);
}
