/** How a metric's value is bounded, rounded and written as JSON, straight into a payload. */
import type {ValueSpec} from '../../domain/model.js';
import type {TextTable} from './text-table.js';

const DIGITS = 2;

/** `-1.7976931348623157e+308` */
const NUMBER_BYTES_MAX = 24;

/** Texts that a command may set, where the model does not say which ones there are. */
export const TEXT_CHARACTERS_MAX = 256;
/** `\u001f` */
const CHARACTER_BYTES_MAX = 6;

/** Larger numbers of steps of the last digit are not written by hand. */
const SCALED_MAX = 2 ** 31;

const TRUE = Buffer.from('true');
const FALSE = Buffer.from('false');

export class ValueFormat {
  readonly bytesMax: number;
  readonly #type: ValueSpec['type'];
  readonly #texts: TextTable;
  readonly #digits: number;
  readonly #factor: number;
  readonly #min: number;
  readonly #max: number;
  /** In steps of the last digit, so that rounding leads to nothing outside. */
  readonly #scaledMin: number;
  readonly #scaledMax: number;

  /** Throws a RangeError where no number of so many digits is between min and max. */
  constructor(spec: ValueSpec, texts: TextTable, digits = DIGITS) {
    const {type, min = -Infinity, max = Infinity, values} = spec;
    this.#type = type;
    this.#texts = texts;
    this.#digits = type === 'integer' ? 0 : digits;
    this.#min = min;
    this.#max = max;
    this.#factor = 10 ** this.#digits;
    this.#scaledMin = firstStep(min, this.#factor);
    this.#scaledMax = -firstStep(-max, this.#factor);
    if (this.#scaledMin > this.#scaledMax)
      throw new RangeError(`no number of ${this.#digits} digits is between ${min} and ${max}`);
    const characters = Math.max(0, ...(values ?? []).map(text => text.length));
    this.bytesMax =
      type === 'string'
        ? 2 + CHARACTER_BYTES_MAX * (values ? characters : TEXT_CHARACTERS_MAX)
        : NUMBER_BYTES_MAX;
  }

  /** The value that is told: within the metric's bounds, rounded. */
  bounded(value: number): number {
    if (this.#type !== 'number' && this.#type !== 'integer') return value;
    const within = Math.min(this.#max, Math.max(this.#min, value));
    const scaled = Math.round(within * this.#factor);
    if (!Number.isSafeInteger(scaled)) return within;
    return Math.min(this.#scaledMax, Math.max(this.#scaledMin, scaled)) / this.#factor;
  }

  /** Gives back where it ends. Bounds are the caller's business. */
  write(target: Buffer, at: number, value: number): number {
    if (this.#type === 'boolean') return copy(value === 0 ? FALSE : TRUE, target, at);
    if (this.#type === 'string') return copy(this.#texts.jsonOf(value) ?? Buffer.from('""'), target, at);
    const scaled = Math.round(value * this.#factor);
    if (scaled < SCALED_MAX && scaled > -SCALED_MAX) return writeScaled(target, at, scaled, this.#digits);
    return at + target.write(largeNumber(value, this.#digits), at, 'latin1');
  }
}

/** The least whole number of steps that is not below `min`, as floating point counts; -∞ where there are no steps any more. */
function firstStep(min: number, factor: number): number {
  const step = Math.ceil(min * factor);
  if (!Number.isSafeInteger(step)) return -Infinity;
  if ((step - 1) / factor >= min) return step - 1;
  return step / factor >= min ? step : step + 1;
}

/** From 1e21 on toFixed would write an exponent anyway (ECMA-262, 21.1.3.3). */
const largeNumber = (value: number, digits: number): string =>
  Math.abs(value) < 1e21 / 10 ** digits ? value.toFixed(digits) : String(value);

const ZERO = 0x30;

/** `-12345` with two digits is `-123.45`. */
function writeScaled(target: Buffer, at: number, scaled: number, digits: number): number {
  let end = at;
  let rest = scaled | 0;
  if (rest < 0) {
    target[end++] = 0x2d;
    rest = -rest;
  }
  let length = digits + 1;
  for (let limit = POWERS[length]!; length < 10 && rest >= limit; limit *= 10) length++;
  end += digits === 0 ? length : length + 1;
  let place = end - 1;
  for (let digit = 0; digit < length; digit++) {
    if (digit === digits && digits > 0) target[place--] = 0x2e;
    const tenth = (rest / 10) | 0;
    target[place--] = ZERO + rest - tenth * 10;
    rest = tenth;
  }
  return end;
}

const POWERS = Array.from({length: 12}, (_, exponent) => 10 ** exponent);

/** A loop is faster than `copy` for so few bytes. */
export function copy(source: Buffer, target: Buffer, at: number): number {
  const {length} = source;
  if (length > 64) return at + source.copy(target, at);
  for (let index = 0; index < length; index++) target[at + index] = source[index]!;
  return at + length;
}
