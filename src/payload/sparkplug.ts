/**
 * Payloads of Sparkplug B (Eclipse Sparkplug 3.0.0) as JSON: each metric with its name or alias, and its value as its
 * data type means it.
 */
import protobuf from 'protobufjs/light.js';
import {isJsonObject, type JsonObject} from '../domain/json.js';
import {SPARKPLUG} from './sparkplug-schema.js';

/** Bits of the signed types by their number (Sparkplug 3.0.0, 6.4.16): they travel as unsigned ones. */
const SIGNED_BITS: Readonly<Record<number, number>> = {1: 8, 2: 16, 3: 32, 4: 64};

/** 13 is DateTime, in milliseconds since 1970. */
const DATE_TIME = 13;

const payloadType = protobuf.Root.fromJSON(SPARKPLUG).lookupType('Payload');

/** Throws what is wrong. Bytes become hexadecimal. */
export function decodeSparkplug(payload: Uint8Array): JsonObject {
  const message = payloadType.decode(payload);
  const plain = payloadType.toObject(message, {longs: String, bytes: Array, json: true}) as JsonObject;
  return simplified(plain) as JsonObject;
}

/** Has it a metric with a name or an alias? Many other bytes can be read as an empty payload. */
export function looksLikeSparkplug({metrics}: JsonObject): boolean {
  return (
    Array.isArray(metrics) &&
    metrics.length > 0 &&
    metrics.every(metric => isJsonObject(metric) && (typeof metric.name === 'string' || 'alias' in metric))
  );
}

function simplified(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(simplified);
  if (!isJsonObject(value)) return value;
  const {datatype, type, isNull, ...rest} = value;
  const kind = Number(datatype ?? type ?? 0);
  const entries = Object.entries(rest).map(([key, inside]): [string, unknown] =>
    key.endsWith('Value') ? ['value', toldValue(key, inside, kind)] : [key, numbers(key, inside)],
  );
  const told = datatype === undefined && type === undefined ? [] : [['datatype', kind] as [string, unknown]];
  return Object.fromEntries([...told, ...entries, ...(isNull === true ? [['value', null]] : [])]);
}

function toldValue(key: string, value: unknown, kind: number): unknown {
  if (key === 'bytesValue') return hex(value);
  if (key !== 'intValue' && key !== 'longValue') return simplified(value);
  const bits = SIGNED_BITS[kind];
  const whole = BigInt(String(value));
  const signed = bits === undefined ? whole : BigInt.asIntN(bits, whole);
  if (kind === DATE_TIME && signed <= 8_640_000_000_000_000n) return new Date(Number(signed)).toISOString();
  return safe(signed);
}

/** Times, sequence numbers and aliases are 64 bits wide. */
function numbers(key: string, value: unknown): unknown {
  if (key === 'body') return hex(value);
  return typeof value === 'string' && ['timestamp', 'seq', 'alias', 'size', 'numOfColumns'].includes(key)
    ? safe(BigInt(value))
    : simplified(value);
}

/** Beyond 2^53 JSON's readers would round it: then it is a text. */
const safe = (value: bigint): number | string =>
  Number.isSafeInteger(Number(value)) ? Number(value) : String(value);

const hex = (bytes: unknown): string => Buffer.from(bytes as number[]).toString('hex');
