/**
 * Sensor Measurement Lists (RFC 8428), in JSON and in CBOR, as their resolved records: what base fields say is in each,
 * and times are seconds since 1970.
 */
import {isJsonObject} from '../domain/json.js';
import {asJson} from './cbor.js';

export interface SenmlRecord {
  readonly n: string;
  readonly u?: string;
  readonly v?: number;
  readonly vs?: string;
  readonly vb?: boolean;
  readonly vd?: string;
  readonly s?: number;
  /** Unix seconds. */
  readonly t: number;
  readonly ut?: number;
}

type Fields = ReadonlyMap<string, unknown>;

/** RFC 8428, 6, table 4. */
const CBOR_LABELS: Readonly<Record<string, string>> = {
  '-1': 'bver',
  '-2': 'bn',
  '-3': 'bt',
  '-4': 'bu',
  '-5': 'bv',
  '-6': 'bs',
  '0': 'n',
  '1': 'u',
  '2': 'v',
  '3': 'vs',
  '4': 'vb',
  '5': 's',
  '6': 't',
  '7': 'ut',
  '8': 'vd',
};

const VALUES = ['v', 'vs', 'vb', 'vd', 's'];
const KNOWN: ReadonlySet<string> = new Set(Object.values(CBOR_LABELS));

/** Names that are global are made of these (RFC 8428, 4.5.1). */
const NAME = /^[A-Za-z0-9][A-Za-z0-9:./_-]*$/;

/** Smaller times are relative to now (RFC 8428, 4.5.3). */
const RELATIVE_SEC_MAX = 2 ** 28;

const VERSION_MAX = 10;

/** Does it look like one? Every record is an object, and one has a value and one a name. */
export function isSenml(pack: unknown): boolean {
  const records = recordsIn(pack);
  const has = (keys: readonly string[]): boolean =>
    records?.some(record => keys.some(key => record.has(key))) === true;
  return (
    has(VALUES) &&
    has(['n', 'bn']) &&
    records!.every(record => [...record.keys()].some(key => KNOWN.has(key)))
  );
}

/** `nowMs` is when it came. Throws what is wrong. */
export function resolveSenml(pack: unknown, nowMs: number): SenmlRecord[] {
  const records = recordsIn(pack);
  if (records === undefined) throw new Error('not an array of records');
  const base = new Map<string, unknown>();
  const resolved: SenmlRecord[] = [];
  for (const record of records) {
    for (const [key, value] of record) {
      if (key.endsWith('_')) throw new Error(`the field ${key} has to be understood, and is not known`);
      if (/^b/.test(key)) base.set(key, value);
    }
    if (numberIn(base, 'bver') !== undefined && numberIn(base, 'bver')! > VERSION_MAX)
      throw new Error(`version ${String(base.get('bver'))} is not known`);
    const one = resolve(record, base, nowMs / 1000);
    if (one !== undefined) resolved.push(one);
  }
  return resolved;
}

function recordsIn(pack: unknown): Fields[] | undefined {
  if (!Array.isArray(pack) || pack.length === 0) return undefined;
  const records = pack.map(fieldsOf);
  return records.every(record => record !== undefined) ? records : undefined;
}

function fieldsOf(record: unknown): Fields | undefined {
  if (record instanceof Map)
    return new Map(
      [...record].map(([key, value]) => [CBOR_LABELS[String(key)] ?? String(key), asJson(value)]),
    );
  return isJsonObject(record) ? new Map(Object.entries(record)) : undefined;
}

/** Undefined for a record that has only base fields. */
function resolve(record: Fields, base: Fields, nowSec: number): SenmlRecord | undefined {
  const kinds = VALUES.filter(key => record.has(key));
  const plain = kinds.filter(key => key !== 's');
  if (plain.length > 1) throw new Error(`a record has ${plain.join(' and ')}`);
  const baseValue = numberIn(base, 'bv');
  if (kinds.length === 0 && !(record.has('n') && baseValue !== undefined)) return undefined;
  const name = `${textIn(base, 'bn') ?? ''}${textIn(record, 'n') ?? ''}`;
  if (!NAME.test(name)) throw new Error(`not a name: ${JSON.stringify(name.slice(0, 80))}`);
  const seconds = (numberIn(base, 'bt') ?? 0) + (numberIn(record, 't') ?? 0);
  const unit = textIn(record, 'u') ?? textIn(base, 'bu');
  const value = numberIn(record, 'v');
  const number =
    value === undefined && (plain.length > 0 || baseValue === undefined)
      ? undefined
      : (value ?? 0) + (baseValue ?? 0);
  const sum =
    record.has('s') || base.has('bs')
      ? (numberIn(record, 's') ?? 0) + (numberIn(base, 'bs') ?? 0)
      : undefined;
  return {
    n: name,
    ...(unit === undefined ? {} : {u: unit}),
    ...(number === undefined ? {} : {v: number}),
    ...Object.fromEntries(
      ['vs', 'vb', 'vd', 'ut'].filter(key => record.has(key)).map(key => [key, record.get(key)]),
    ),
    ...(sum === undefined ? {} : {s: sum}),
    t: seconds < RELATIVE_SEC_MAX ? nowSec + seconds : seconds,
  };
}

function numberIn(fields: Fields, key: string): number | undefined {
  const value = fields.get(key);
  if (value === undefined) return undefined;
  if (typeof value !== 'number') throw new Error(`${key} is no number`);
  return value;
}

function textIn(fields: Fields, key: string): string | undefined {
  const value = fields.get(key);
  if (value === undefined) return undefined;
  if (typeof value !== 'string') throw new Error(`${key} is no text`);
  return value;
}
