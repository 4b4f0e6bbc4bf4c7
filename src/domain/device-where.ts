/**
 * `lastSeen>10m,label.site=oslo|bergen`: terms of a field, an operator and a value, all of which have to hold.
 *
 *     where = term *("," term)
 *     term  = field operator value *("|" value) / field / "!" field
 *     value = bare / "quoted" / 'quoted'
 */
import {
  type DeviceField,
  FIELD_NAMES,
  type FieldType,
  type KeyedDeviceField,
  parseField,
  typeOfField,
} from './device-fields.js';
import {parseDurationMs, parseTimeMs} from './duration.js';
import {IotctlError} from './errors.js';

export const ORDER_OPERATORS = ['<', '<=', '>', '>='] as const;
export type OrderOperator = (typeof ORDER_OPERATORS)[number];
export type Comparison = OrderOperator | '=' | '!=';

export type WhereTerm =
  | ({readonly field: DeviceField} & FieldTest)
  | ({readonly field: KeyedDeviceField} & JsonTest);

type WhereTest = FieldTest | JsonTest;

type FieldTest =
  /** Is there a value at all? */
  | {readonly test: 'present'; readonly wanted: boolean}
  /** One of these values, or, not wanted, none of them. */
  | {readonly test: 'any-of'; readonly wanted: boolean; readonly values: readonly string[]}
  /** `*` stands for any characters, `?` for one. */
  | {readonly test: 'like'; readonly wanted: boolean; readonly pattern: string}
  | {readonly test: 'number'; readonly operator: Comparison; readonly value: number}
  | {readonly test: 'time'; readonly operator: OrderOperator; readonly timeMs: number};

/** With a number only numbers are compared, with anything else what is equal to one of these. */
type JsonTest =
  | {readonly test: 'json'; readonly operator: OrderOperator; readonly value: number}
  | {readonly test: 'json-any-of'; readonly wanted: boolean; readonly values: readonly JsonScalar[]};

export type JsonScalar = string | number | boolean;

const WHERE_CHARACTERS_MAX = 8000;
const TERMS_MAX = 32;
const VALUES_MAX = 500;
/** Each doubles the work of a match at worst. */
const STARS_MAX = 5;

const FIELD = /[A-Za-z][A-Za-z0-9_.-]*/y;
const OPERATOR = /!=|!~|<=|>=|=|<|>|~/y;
const BARE_VALUE = /[^,|"'\s][^,|]*/y;
const QUOTED_VALUE = /"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'/sy;
const BLANKS = /\s*/y;

/** Relative times are before `nowMs`. Throws `IOT_USAGE`, naming the position and what was expected there. */
export function parseWhere(text: string, nowMs: number): WhereTerm[] {
  if (text.length > WHERE_CHARACTERS_MAX)
    throw new IotctlError('IOT_USAGE', `where: longer than ${WHERE_CHARACTERS_MAX} characters`);
  const parser = new Parser(text, nowMs);
  return parser.terms();
}

interface Value {
  readonly text: string;
  readonly quoted: boolean;
}

class Parser {
  readonly #text: string;
  readonly #nowMs: number;
  #at = 0;

  constructor(text: string, nowMs: number) {
    this.#text = text;
    this.#nowMs = nowMs;
  }

  terms(): WhereTerm[] {
    const terms = [this.#term()];
    while (this.#next(',')) {
      if (terms.length >= TERMS_MAX) throw this.#expected(`at most ${TERMS_MAX} terms`);
      terms.push(this.#term());
    }
    if (this.#at < this.#text.length) throw this.#expected('a comma or the end');
    return terms;
  }

  #term(): WhereTerm {
    this.#read(BLANKS);
    const absent = this.#next('!');
    const at = this.#at;
    const name = this.#read(FIELD);
    if (name === '') throw this.#expected('a field', at);
    const field = parseField(name);
    if (!field) throw this.#expected(`a field (${FIELD_NAMES.join(', ')})`, at);
    this.#read(BLANKS);
    const operatorAt = this.#at;
    const operator = absent ? '' : this.#read(OPERATOR);
    if (operator === '') return {field, test: 'present', wanted: !absent};
    const test = testOf(typeOfField(field), operator, this.#values(), this.#nowMs);
    if (typeof test === 'object') return {field, ...test} as WhereTerm;
    throw this.#expected(`${test} after ${name}`, operatorAt);
  }

  #values(): Value[] {
    const values = [this.#value()];
    while (this.#next('|')) {
      if (values.length >= VALUES_MAX) throw this.#expected(`at most ${VALUES_MAX} values`);
      values.push(this.#value());
    }
    return values;
  }

  #value(): Value {
    this.#read(BLANKS);
    const at = this.#at;
    const quoted = this.#read(QUOTED_VALUE);
    if (quoted !== '') return {quoted: true, text: quoted.slice(1, -1).replaceAll(/\\(.)/gs, '$1')};
    const bare = this.#read(BARE_VALUE);
    if (bare === '') throw this.#expected('a value, such as oslo or "two words"', at);
    return {quoted: false, text: bare.trimEnd()};
  }

  #next(character: string): boolean {
    this.#read(BLANKS);
    if (this.#text[this.#at] !== character) return false;
    this.#at++;
    return true;
  }

  #read(pattern: RegExp): string {
    pattern.lastIndex = this.#at;
    const [found = ''] = pattern.exec(this.#text) ?? [];
    this.#at += found.length;
    return found;
  }

  #expected(what: string, at = this.#at): IotctlError {
    const rest = this.#text.slice(at, at + 40);
    const found = rest === '' ? 'its end' : JSON.stringify(rest);
    return new IotctlError('IOT_USAGE', `where, character ${at + 1}: expected ${what}, found ${found}`);
  }
}

/** The test, or what was expected instead. */
function testOf(
  type: FieldType,
  operator: string,
  values: readonly Value[],
  nowMs: number,
): WhereTest | string {
  const texts = values.map(({text}) => text);
  switch (type.kind) {
    case 'member':
      return anyOf(operator, texts) ?? 'one of = !=';
    case 'model':
    case 'text':
      return likeOf(operator, texts) ?? anyOf(operator, texts) ?? 'one of = != ~ !~';
    case 'one-of':
      if (!texts.every(text => type.values.includes(text)))
        return `= or != and some of ${type.values.join(', ')}`;
      return anyOf(operator, texts) ?? 'one of = !=';
    case 'number':
      return numberTest(operator, texts);
    case 'time':
      return timeTest(operator, texts, nowMs);
    case 'json':
      return likeOf(operator, texts) ?? jsonTest(operator, values);
  }
}

const anyOf = (operator: string, values: readonly string[]): WhereTest | undefined =>
  operator === '=' || operator === '!=' ? {test: 'any-of', wanted: operator === '=', values} : undefined;

function likeOf(
  operator: string,
  [pattern = '', ...more]: readonly string[],
): WhereTest | string | undefined {
  if (operator !== '~' && operator !== '!~') return undefined;
  if (more.length > 0 || pattern.split('*').length > STARS_MAX + 1)
    return `one pattern with at most ${STARS_MAX} stars`;
  return {test: 'like', wanted: operator === '~', pattern};
}

function numberTest(operator: string, [text = '', ...more]: readonly string[]): WhereTest | string {
  const value = NUMBER.test(text) ? Number(text) : undefined;
  return isComparison(operator) && value !== undefined && more.length === 0
    ? {test: 'number', operator, value}
    : 'one of = != < <= > >= and a number';
}

const NUMBER = /^-?\d{1,15}(?:\.\d{1,15})?$/;

/** `30` is a number and `true` a truth value; in quotes they are texts. */
function scalarOf({text, quoted}: Value): JsonScalar {
  if (quoted) return text;
  if (NUMBER.test(text)) return Number(text);
  return text === 'true' || text === 'false' ? text === 'true' : text;
}

function jsonTest(operator: string, values: readonly Value[]): WhereTest | string {
  const scalars = values.map(scalarOf);
  if (operator === '=' || operator === '!=')
    return {test: 'json-any-of', wanted: operator === '=', values: scalars};
  const [value, ...more] = scalars;
  return isOrder(operator) && typeof value === 'number' && more.length === 0
    ? {test: 'json', operator, value}
    : 'one of = != ~ !~, or of < <= > >= and a number';
}

/** Of a duration the age is compared, of anything else the time itself. */
function timeTest(
  operator: string,
  [text = '', ...more]: readonly string[],
  nowMs: number,
): WhereTest | string {
  const expected = 'one of < <= > >= and an age, such as 10m, or a time, such as 2026-11-28T12:00:00Z';
  if (!isOrder(operator) || more.length > 0) return expected;
  try {
    if (!/^\d+(?:\.\d+)?[a-z]/.test(text)) return {test: 'time', operator, timeMs: parseTimeMs(text, nowMs)};
    return {test: 'time', operator: REVERSED[operator], timeMs: nowMs - parseDurationMs(text)};
  } catch {
    return expected;
  }
}

/** Older is earlier. */
const REVERSED = {'<': '>', '<=': '>=', '>': '<', '>=': '<='} as const;

const isOrder = (operator: string): operator is OrderOperator =>
  (ORDER_OPERATORS as readonly string[]).includes(operator);

const isComparison = (operator: string): operator is Comparison =>
  operator === '=' || operator === '!=' || isOrder(operator);
