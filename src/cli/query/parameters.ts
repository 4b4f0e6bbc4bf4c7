/** Values for a statement's parameters, as they are typed. */
import {parseTimeMs} from '../../domain/duration.js';
import {IotctlError} from '../../domain/errors.js';
import type {QueryValue} from '../../domain/query.js';

export type Parameters = Readonly<Record<string, QueryValue>>;

/** `name=value`, `name:type=value`. */
const NAMED = /^([A-Za-z_]\w*|\d+)(?::([a-z]+))?=(.*)$/s;

const TYPES: Readonly<Record<string, (text: string) => QueryValue>> = {
  text: text => text,
  number: text => numberOf(text),
  bool: text => booleanOf(text),
  time: text => new Date(parseTimeMs(text, Date.now())).toISOString(),
};

/** `named` are those of `--param`; the others stand behind the statement, for `?` and `$1`. Throws `IOT_USAGE`. */
export function readParameters(named: readonly string[], others: readonly string[]): Parameters {
  const values = new Map<string, QueryValue>(
    others.map((text, index): [string, QueryValue] => [String(index + 1), guessedValue(text)]),
  );
  for (const entry of named) {
    const [name, value] = readNamed(entry);
    if (values.has(name)) throw usage(`--param ${name} is given twice`);
    values.set(name, value);
  }
  return Object.fromEntries(values);
}

function readNamed(entry: string): [string, QueryValue] {
  const [, name, type, text] = NAMED.exec(entry) ?? [];
  if (name === undefined || text === undefined)
    throw usage(`--param is name=value or name:type=value, not ${JSON.stringify(entry)}`);
  if (type === undefined) return [name, guessedValue(text)];
  const read = TYPES[type];
  if (read === undefined)
    throw usage(`--param ${name}: no type ${type}; there are ${Object.keys(TYPES).join(', ')}`);
  return [name, read(text)];
}

/** A number where it is written as one would be printed, so that `007` stays an id. */
export function guessedValue(text: string): QueryValue {
  if (text === 'true' || text === 'false') return text === 'true';
  if (text === 'null') return null;
  return String(Number(text)) === text && Number.isFinite(Number(text)) ? Number(text) : text;
}

function numberOf(text: string): number {
  const value = Number(text);
  if (text.trim() !== '' && Number.isFinite(value)) return value;
  throw usage(`not a number: ${JSON.stringify(text)}`);
}

function booleanOf(text: string): boolean {
  if (text === 'true' || text === 'false') return text === 'true';
  throw usage(`neither true nor false: ${JSON.stringify(text)}`);
}

const usage = (message: string): IotctlError => new IotctlError('IOT_USAGE', message);
