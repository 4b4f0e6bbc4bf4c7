/** What a condition on readings sees of one of them. */
import type {MetricPlace} from './reading-paths.js';

/** What is known at the time of a reading. */
export interface KnownReadings {
  readonly value: number;
  readonly device: string;
  readonly component: string;
  readonly timeMs: number;
  /** In the order of the condition's `metrics`; undefined where it is not known. */
  readonly metrics: readonly (number | undefined)[];
  /** In the order of the condition's `labels`; null where there is none. */
  readonly labels: readonly (string | null)[];
}

/** Values by their names, without a prototype, filled in anew for each reading. */
export class ReadingScope {
  readonly #values: Record<string, unknown> = Object.create(null);
  readonly #labels: Record<string, string> = Object.create(null);
  readonly #keys: readonly string[];
  /** Where each metric is: what holds it, and by which name. */
  readonly #slots: readonly {holder: Record<string, unknown>; key: string; index: number}[];

  constructor(places: readonly MetricPlace[], metrics: readonly string[], keys: readonly string[]) {
    this.#keys = keys;
    this.#slots = places.map(({metric, path}) => ({
      holder: this.#holderOf(path.slice(0, -1)),
      key: path.at(-1)!,
      index: metrics.indexOf(metric),
    }));
  }

  of({value, device, component, timeMs, metrics, labels}: KnownReadings): Readonly<Record<string, unknown>> {
    const own = {value, device, component, time: new Date(timeMs), labels: this.#labels};
    Object.assign(this.#values, own);
    for (const {holder, key, index} of this.#slots) put(holder, key, metrics[index]);
    for (const [index, key] of this.#keys.entries()) put(this.#labels, key, labels[index] ?? undefined);
    put(this.#values, 'model', this.#labels.model);
    return this.#values;
  }

  #holderOf(path: readonly string[]): Record<string, unknown> {
    let holder = this.#values;
    for (const key of path) {
      holder[key] ??= Object.create(null);
      holder = holder[key] as Record<string, unknown>;
    }
    return holder;
  }
}

function put(holder: Record<string, unknown>, key: string, value: unknown): void {
  if (value === undefined) delete holder[key];
  else holder[key] = value;
}
