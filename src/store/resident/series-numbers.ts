/** What readings are of, by number. */
export interface Series {
  readonly metric: string;
  readonly device: string;
  readonly component: string | null;
}

/** Each takes memory by itself: of more of them blocks would be no gain. */
export const SERIES_MAX = 200_000;

export class SeriesNumbers {
  readonly all: Series[] = [];
  readonly #ofMetric = new Map<string, number[]>();
  /** By metric, then by component, then by device: the last is what there are many of. */
  readonly #numbers = new Map<string, Map<string | null, Map<string, number>>>();

  /** Of this series; the next one where it is new. */
  numberOf(metric: string, device: string, component: string | null): number {
    const devices = this.#devicesOf(metric, component);
    const known = devices.get(device);
    if (known !== undefined) return known;
    const number = this.all.length;
    this.all.push({metric, device, component});
    devices.set(device, number);
    const ofMetric = this.#ofMetric.get(metric);
    if (ofMetric) ofMetric.push(number);
    else this.#ofMetric.set(metric, [number]);
    return number;
  }

  /** Numbers of all series of a metric, ascending. */
  ofMetric(metric: string): readonly number[] {
    return this.#ofMetric.get(metric) ?? [];
  }

  /** Numbers of a metric of one device, of all its components. */
  ofDevice(metric: string, device: string): number[] {
    const found: number[] = [];
    for (const devices of this.#numbers.get(metric)?.values() ?? []) {
      const number = devices.get(device);
      if (number !== undefined) found.push(number);
    }
    return found;
  }

  #devicesOf(metric: string, component: string | null): Map<string, number> {
    const components = of(this.#numbers, metric, () => new Map<string | null, Map<string, number>>());
    return of(components, component, () => new Map<string, number>());
  }
}

/** What the map has for a key, made where it has nothing. */
function of<Key, Value>(map: Map<Key, Value>, key: Key, make: () => Value): Value {
  const present = map.get(key);
  if (present !== undefined) return present;
  const made = make();
  map.set(key, made);
  return made;
}
