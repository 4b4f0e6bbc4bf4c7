/** In what two JSON documents differ, leaf by leaf. */

export interface Difference {
  /** `labels.site`, `metrics.temperature.max`. */
  readonly path: string;
  /** Undefined where it is not there. */
  readonly from: unknown;
  readonly to: unknown;
}

/** In the order of the keys of `from`, then of those that only `to` has. Arrays are compared as a whole. */
export function differences(from: unknown, to: unknown, path = ''): Difference[] {
  if (!isObject(from) || !isObject(to)) return sameJson(from, to) ? [] : [{path, from, to}];
  return [...new Set([...Object.keys(from), ...Object.keys(to)])].flatMap(key =>
    differences(own(from, key), own(to, key), path === '' ? key : `${path}.${key}`),
  );
}

type JsonObject = Readonly<Record<string, unknown>>;

const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const own = (object: JsonObject, key: string): unknown =>
  Object.hasOwn(object, key) ? object[key] : undefined;

const sameJson = (one: unknown, other: unknown): boolean => JSON.stringify(one) === JSON.stringify(other);
