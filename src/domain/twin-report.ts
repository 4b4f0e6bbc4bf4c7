/** What a device publishes on `twin/reported`: a merge patch, which may acknowledge a version of its desired document. */
import {isJsonObject, type JsonObject} from './json.js';
import type {Acknowledgement} from './twin.js';

export interface Report {
  readonly patch: JsonObject;
  readonly acknowledged: Omit<Acknowledgement, 'atMs'> | undefined;
}

/** Beside the properties, whose keys hold no `$`. */
const ACK_KEY = '$ack';
const REASON_CHARACTERS_MAX = 500;

/** A text is what is wrong with it. */
export function reportOf(body: unknown): Report | string {
  if (!isJsonObject(body)) return 'not an object';
  const {[ACK_KEY]: said, ...patch} = body;
  if (said === undefined) return {patch, acknowledged: undefined};
  const acknowledged = acknowledgementOf(said);
  return acknowledged
    ? {patch, acknowledged}
    : '$ack is not {"version":…,"status":"applied"|"rejected","reason":…}';
}

function acknowledgementOf(said: unknown): Report['acknowledged'] {
  if (!isJsonObject(said)) return undefined;
  const {version, status, reason = null} = said;
  if (typeof version !== 'number' || !Number.isSafeInteger(version) || version < 0) return undefined;
  if (status !== 'applied' && status !== 'rejected') return undefined;
  if (reason !== null && typeof reason !== 'string') return undefined;
  return {version, status, reason: reason?.slice(0, REASON_CHARACTERS_MAX) ?? null};
}
