/**
 * Telemetry held against its model. What does not fit is kept and marked, never dropped: a device that is older, newer
 * or broken still says something.
 */
import type {ModelSpec, ValueSpec} from './model.js';
import {misfitOf} from './value-check.js';

/** More faults than these say nothing new. */
const FAULTS_MAX = 8;
const NAME_CHARACTERS_MAX = 64;

type Metrics = ReadonlyMap<string, ValueSpec>;

export class TelemetryCheck {
  readonly #own: Metrics;
  readonly #components: ReadonlyMap<string, Metrics>;

  constructor({metrics = {}, components = {}}: ModelSpec) {
    this.#own = new Map(Object.entries(metrics));
    this.#components = new Map(
      Object.entries(components).map(([name, spec]) => [name, new Map(Object.entries(spec.metrics ?? {}))]),
    );
  }

  /**
   * Faults such as `out-of-range:temperature`; empty where all fits. `body` is what `decodeTelemetry` accepted,
   * `component` is empty for the device itself.
   */
  faultsOf(component: string, body: unknown): string[] {
    const metrics = component === '' ? this.#own : this.#components.get(component);
    if (!metrics) return [`unknown-component:${component}`];
    const faults = new Set<string>();
    for (const entry of Array.isArray(body) ? body : [body]) {
      collect(faults, metrics, '', valuesOf(entry as Values));
      if (faults.size >= FAULTS_MAX) break;
    }
    return [...faults].slice(0, FAULTS_MAX);
  }
}

type Values = Readonly<Record<string, unknown>>;

/** `{"ts":…,"v":{…}}`, or plain values. */
const valuesOf = (entry: Values): Values => (isObject(entry.v) ? entry.v : entry);

const isObject = (value: unknown): value is Values =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Nested names are joined by a dot, as those of readings are. */
function collect(faults: Set<string>, metrics: Metrics, prefix: string, values: Values): void {
  for (const key in values) {
    const name = prefix + key;
    const value = values[key];
    const spec = metrics.get(name);
    if (spec === undefined && isObject(value)) collect(faults, metrics, `${name}.`, value);
    else {
      const fault = spec === undefined ? 'unknown-metric' : misfitOf(spec, value);
      // A null says that there is no value now.
      if (fault !== undefined && value !== null) faults.add(`${fault}:${name.slice(0, NAME_CHARACTERS_MAX)}`);
    }
    if (faults.size >= FAULTS_MAX) return;
  }
}
