/** What a device was asked for and does not report so. */
import {isJsonObject, type JsonObject, memberOf, sameJson} from './json.js';
import type {Acknowledgement, TwinState} from './twin.js';

/**
 * Every value of `desired` that `reported` has not, or has otherwise. Objects are compared member by member, arrays as a
 * whole. What the device reports beyond is not in it: nobody asked for it, and nobody asked for its end.
 */
export function deltaOf(desired: JsonObject, reported: JsonObject): JsonObject {
  return differing(desired, reported, true);
}

/**
 * `rejected`: the device refused this very version. `in-sync`: it reports everything as it is desired, or it applied this
 * version and reports nothing else. `pending`: all the rest, such as a value that was changed at the device.
 */
export function stateOf(
  {version, document}: {version: number; document: JsonObject},
  reported: JsonObject,
  acknowledged: Acknowledgement | undefined,
): TwinState {
  const answer = acknowledged?.version === version ? acknowledged.status : undefined;
  if (answer === 'rejected') return 'rejected';
  const open = differing(document, reported, answer !== 'applied');
  return Object.keys(open).length === 0 ? 'in-sync' : 'pending';
}

/** A path of the document, as it is written: `door.open`. */
export interface Difference {
  readonly path: string;
  readonly desired: unknown;
  /** Undefined where it is not reported at all. */
  readonly reported: unknown;
}

/** The values of a delta, one by one. */
export function differencesIn(delta: JsonObject, reported: JsonObject, prefix = ''): Difference[] {
  return Object.entries(delta).flatMap(([key, desired]) => {
    const told = memberOf(reported, key);
    return isJsonObject(desired) && isJsonObject(told)
      ? differencesIn(desired, told, `${prefix}${key}.`)
      : [{path: prefix + key, desired, reported: told}];
  });
}

function differing(desired: JsonObject, reported: JsonObject, missingCounts: boolean): JsonObject {
  const delta = new Map<string, unknown>();
  for (const [key, wanted] of Object.entries(desired)) {
    const told = memberOf(reported, key);
    if (told === undefined) {
      if (missingCounts) delta.set(key, wanted);
    } else if (isJsonObject(wanted) && isJsonObject(told)) {
      const inside = differing(wanted, told, missingCounts);
      if (Object.keys(inside).length > 0) delta.set(key, inside);
    } else if (!sameJson(wanted, told)) {
      delta.set(key, wanted);
    }
  }
  return Object.fromEntries(delta);
}
