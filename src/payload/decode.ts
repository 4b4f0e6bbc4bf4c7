/** Payloads in other formats than JSON, as JSON. */
import {isJsonObject} from '../domain/json.js';
import {asJson, decodeCbor} from './cbor.js';
import {isSenml, resolveSenml} from './senml.js';
import {decodeSparkplug, looksLikeSparkplug} from './sparkplug.js';

export const PAYLOAD_FORMATS = ['cbor', 'senml', 'sparkplug', 'hex'] as const;
export type PayloadFormat = (typeof PAYLOAD_FORMATS)[number];

/** Bytes, or JSON that was parsed. */
export type Payload = {readonly bytes: Uint8Array} | {readonly json: unknown};

export interface DecodedPayload {
  readonly format: PayloadFormat;
  readonly data: unknown;
}

/** `nowMs`: when it came, which is what relative times are relative to. Throws what is wrong with it. */
export function decodePayload(payload: Payload, format: PayloadFormat, nowMs: number): unknown {
  if ('json' in payload) {
    if (format !== 'senml') throw new Error(`it is JSON, not ${format}`);
    return resolveSenml(payload.json, nowMs);
  }
  switch (format) {
    case 'cbor':
      return asJson(decodeCbor(payload.bytes));
    case 'senml':
      return resolveSenml(decodeCbor(payload.bytes), nowMs);
    case 'sparkplug':
      return decodeSparkplug(payload.bytes);
    case 'hex':
      return Buffer.from(payload.bytes).toString('hex');
  }
}

/** The first format in which the payload makes sense; hexadecimal makes always some. Undefined for JSON that is not SenML. */
export function guessPayload(payload: Payload, nowMs: number): DecodedPayload | undefined {
  if ('json' in payload) return isSenml(payload.json) ? attempt(payload, 'senml', nowMs) : undefined;
  const cbor = attempt(payload, 'cbor', nowMs);
  // Most bytes are a number of CBOR: only what has parts is taken for some.
  if (cbor !== undefined && typeof cbor.data === 'object' && cbor.data !== null)
    return (isSenml(decodeCbor(payload.bytes)) && attempt(payload, 'senml', nowMs)) || cbor;
  const sparkplug = attempt(payload, 'sparkplug', nowMs);
  if (sparkplug !== undefined && isJsonObject(sparkplug.data) && looksLikeSparkplug(sparkplug.data))
    return sparkplug;
  return attempt(payload, 'hex', nowMs);
}

function attempt(payload: Payload, format: PayloadFormat, nowMs: number): DecodedPayload | undefined {
  try {
    return {format, data: decodePayload(payload, format, nowMs)};
  } catch {
    return undefined;
  }
}
