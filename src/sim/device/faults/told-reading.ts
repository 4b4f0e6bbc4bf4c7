/** The readings in a payload of telemetry, taken apart so that they can be changed. */
import {isJsonObject, type JsonObject} from '../../../domain/json.js';

/** `{"ts":…,"v":{…}}`, or the values themselves. */
export interface ToldReading {
  readonly whole: JsonObject;
  readonly values: Record<string, unknown>;
}

/** Undefined where a payload is no such reading: nothing is to be changed in it. */
export function readingOf(payload: Uint8Array): ToldReading | undefined {
  let whole: unknown;
  try {
    whole = JSON.parse(Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength).toString());
  } catch {
    return undefined;
  }
  if (!isJsonObject(whole)) return undefined;
  const values = isJsonObject(whole.v) ? whole.v : whole;
  return {whole, values: values as Record<string, unknown>};
}

/** The metrics in it that `accepts`; the time of a reading without `v` is none. */
export const metricsOf = ({values}: ToldReading, accepts: (value: unknown) => boolean): string[] =>
  Object.keys(values).filter(name => name !== 'ts' && accepts(values[name]));
