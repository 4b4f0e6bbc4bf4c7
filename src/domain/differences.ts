/** In what two JSON documents differ, leaf by leaf. */
import {isJsonObject, memberOf, sameJson} from './json.js';

export interface Difference {
  /** `labels.site`, `metrics.temperature.max`. */
  readonly path: string;
  /** Undefined where it is not there. */
  readonly from: unknown;
  readonly to: unknown;
}

/** In the order of the keys of `from`, then of those that only `to` has. Arrays are compared as a whole. */
export function differences(from: unknown, to: unknown, path = ''): Difference[] {
  if (!isJsonObject(from) || !isJsonObject(to)) return sameJson(from, to) ? [] : [{path, from, to}];
  return [...new Set([...Object.keys(from), ...Object.keys(to)])].flatMap(key =>
    differences(memberOf(from, key), memberOf(to, key), path === '' ? key : `${path}.${key}`),
  );
}
