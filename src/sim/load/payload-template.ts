/** Payloads from a text with variables, written piece by piece into the buffer from which they are sent. */
import {randomUUID} from 'node:crypto';
import {IotctlError} from '../../domain/errors.js';
import {type Random, seededRandom} from '../random.js';
import type {PayloadSource} from '../wire/payload-source.js';
import type {CurrentMessage} from './message.js';
import {STAMP_TEXT_BYTES, type Stamper} from './stamp.js';
import {NO_ARGUMENTS, parseTemplate, type Variable, type Vocabulary} from './text-template.js';

export const PAYLOAD_VARIABLES: Vocabulary = {
  seq: NO_ARGUMENTS,
  i: NO_ARGUMENTS,
  client: NO_ARGUMENTS,
  username: NO_ARGUMENTS,
  run: NO_ARGUMENTS,
  timestamp: NO_ARGUMENTS,
  time: NO_ARGUMENTS,
  random: {arguments: 'MIN MAX', min: 2, max: 2},
  float: {arguments: 'MIN MAX', min: 2, max: 2},
  pick: {arguments: 'A B …', min: 1, max: 1000},
  text: {arguments: 'LENGTH', min: 1, max: 1},
  uuid: NO_ARGUMENTS,
  stamp: NO_ARGUMENTS,
};

export interface TemplateContext {
  readonly current: CurrentMessage;
  readonly stamper: Stamper;
  readonly seed: number;
  /** The flag or the file that it is from. */
  readonly from: string;
}

/** Writes one piece of a payload, and gives back where it ends. */
interface Piece {
  readonly maxBytes: number;
  write(target: Buffer, at: number, timeMs: number): number;
}

const NUMBER_BYTES = 25;
/** UTF-8 has at most three bytes for one unit of UTF-16. */
const BYTES_PER_UNIT = 3;
const TEXT_MAX = 1_000_000;

export class PayloadTemplate implements PayloadSource {
  readonly #pieces: readonly Piece[];

  /** Throws `IOT_USAGE` with the place of what is wrong. */
  constructor(text: string, context: TemplateContext) {
    const random = seededRandom(context.seed);
    this.#pieces = parseTemplate(text, PAYLOAD_VARIABLES, context.from).map(part =>
      typeof part === 'string' ? literal(Buffer.from(part)) : pieceOf(part, context, random),
    );
  }

  /** Of the message that is next: names of clients are longer or shorter. */
  get maxBytes(): number {
    let bytes = 0;
    for (const piece of this.#pieces) bytes += piece.maxBytes;
    return bytes;
  }

  write(target: Buffer, at: number, timeMs: number): number {
    let end = at;
    for (const piece of this.#pieces) end = piece.write(target, end, timeMs);
    return end;
  }
}

function pieceOf(variable: Variable, context: TemplateContext, random: Random): Piece {
  const {current, stamper, from} = context;
  const [first = '', second = ''] = variable.arguments;
  switch (variable.name) {
    case 'seq':
      return ascii(NUMBER_BYTES, () => String(current.sequence));
    case 'i':
      return ascii(NUMBER_BYTES, () => String(current.identity.number));
    case 'client':
      return name(() => current.identity.clientId);
    case 'username':
      return name(() => current.identity.username ?? '');
    case 'run':
      return name(() => current.identity.run);
    case 'timestamp':
      return ascii(NUMBER_BYTES, timeMs => String(Math.floor(timeMs)));
    case 'time':
      return ascii(NUMBER_BYTES, timeMs => new Date(timeMs).toISOString());
    case 'uuid':
      return ascii(36, () => randomUUID());
    case 'random':
    case 'float':
      return ascii(NUMBER_BYTES, numbers(variable, bounds(variable, from), random));
    case 'pick':
      return oneOf(
        variable.arguments.map(text => Buffer.from(text)),
        random,
      );
    case 'text': {
      const length = wholeNumber(first, TEXT_MAX, `${from}: {text ${first}}`);
      return ascii(length, () => letters(length, random));
    }
    case 'stamp':
      return {
        maxBytes: STAMP_TEXT_BYTES,
        write: (target, at) => stamper.writeText(target, at, current),
      };
    default:
      throw new Error(`no piece for {${variable.name} ${second}}`);
  }
}

function bounds({name, arguments: [from = '', to = '']}: Variable, where: string): [number, number] {
  const [min, max] = [Number(from), Number(to)];
  const whole = name === 'float' || (Number.isSafeInteger(min) && Number.isSafeInteger(max));
  if (from !== '' && to !== '' && Number.isFinite(min) && Number.isFinite(max) && whole && min <= max)
    return [min, max];
  const kind = name === 'float' ? 'numbers' : 'whole numbers';
  throw new IotctlError(
    'IOT_USAGE',
    `${where}: {${name} ${from} ${to}} takes two ${kind}, the lower one first`,
  );
}

function numbers({name}: Variable, [min, max]: [number, number], random: Random): () => string {
  if (name === 'random') return () => String(min + Math.floor(random() * (max - min + 1)));
  return () => (min + random() * (max - min)).toFixed(3);
}

function wholeNumber(text: string, max: number, what: string): number {
  if (/^\d{1,9}$/.test(text) && Number(text) <= max) return Number(text);
  throw new IotctlError('IOT_USAGE', `${what} takes a whole number up to ${max}`);
}

function letters(length: number, random: Random): string {
  let text = '';
  while (text.length < length) text += String.fromCharCode(97 + Math.floor(random() * 26));
  return text;
}

const literal = (bytes: Buffer): Piece => ({
  maxBytes: bytes.length,
  write(target, at) {
    target.set(bytes, at);
    return at + bytes.length;
  },
});

const ascii = (maxBytes: number, value: (timeMs: number) => string): Piece => ({
  maxBytes,
  write: (target, at, timeMs) => at + target.write(value(timeMs), at, 'latin1'),
});

const name = (value: () => string): Piece => ({
  get maxBytes() {
    return BYTES_PER_UNIT * value().length;
  },
  write: (target, at) => at + target.write(value(), at),
});

const oneOf = (choices: readonly Buffer[], random: Random): Piece => ({
  maxBytes: Math.max(...choices.map(({length}) => length)),
  write(target, at) {
    const chosen = choices[Math.floor(random() * choices.length)]!;
    target.set(chosen, at);
    return at + chosen.length;
  },
});
