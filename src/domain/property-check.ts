/** A twin's properties held against its model: what a device reports is marked, what is asked of it is refused. */
import {isJsonObject, type JsonObject} from './json.js';
import type {ModelSpec, PropertySpec} from './model.js';
import {misfitOf, misfitText} from './value-check.js';

type Properties = Readonly<Record<string, PropertySpec>>;

/** More faults than these say nothing new. */
const FAULTS_MAX = 8;
const NAME_CHARACTERS_MAX = 64;

/** Faults such as `out-of-range:interval`; empty where all fits, or where the model describes no properties. */
export function reportedFaults({properties}: ModelSpec, patch: JsonObject): string[] {
  if (properties === undefined) return [];
  const faults = new Set<string>();
  for (const {name, value, spec} of namedValues(properties, patch, '')) {
    const fault = spec ? misfitOf(spec, value) : 'unknown-property';
    if (fault !== undefined) faults.add(`${fault}:${name.slice(0, NAME_CHARACTERS_MAX)}`);
    if (faults.size >= FAULTS_MAX) break;
  }
  return [...faults];
}

/** What of a desired document, or a patch of one, the model does not allow, in words; undefined where all fits. */
export function desiredFault({properties}: ModelSpec, patch: JsonObject): string | undefined {
  if (properties === undefined) return undefined;
  for (const {name, value, spec} of namedValues(properties, patch, '')) {
    if (!spec)
      return `no property ${JSON.stringify(name)}; there are: ${Object.keys(properties).join(', ') || 'none'}`;
    if (spec.writable !== true) return `property ${name} is not writable`;
    const misfit = misfitText(spec, value);
    if (misfit !== undefined) return `property ${name} ${misfit}`;
  }
  return undefined;
}

interface NamedValue {
  readonly name: string;
  readonly value: unknown;
  readonly spec: PropertySpec | undefined;
}

/** Nested names are joined by a dot, as those of readings are. A null takes a value away, which always fits. */
function* namedValues(properties: Properties, values: JsonObject, prefix: string): Generator<NamedValue> {
  for (const [key, value] of Object.entries(values)) {
    const name = prefix + key;
    const spec = Object.hasOwn(properties, name) ? properties[name] : undefined;
    if (spec === undefined && isJsonObject(value)) yield* namedValues(properties, value, `${name}.`);
    else if (value !== null) yield {name, value, spec};
  }
}
