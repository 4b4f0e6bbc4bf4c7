/**
 * May a new version of a model stand beside the old one? It may when whatever devices of the old one say still fits, and
 * whatever others rely on is still there. Then firmware of years ago goes on working.
 */
import type {ArgumentSpec, CommandSpec, ModelSpec, PropertySpec, ValueSpec} from './model.js';

export interface Incompatibility {
  /** `metrics.temperature.max`. */
  readonly path: string;
  readonly why: string;
}

type Entries<Spec> = Readonly<Record<string, Spec>> | undefined;

export function incompatibilities(older: ModelSpec, newer: ModelSpec): Incompatibility[] {
  return [
    ...(older.model === newer.model
      ? []
      : [{path: 'model', why: `${newer.model} is another model than ${older.model}`}]),
    ...entries('metrics', older.metrics, newer.metrics, values),
    ...entries('components', older.components, newer.components, (path, one, other) =>
      entries(`${path}.metrics`, one.metrics, other.metrics, values),
    ),
    ...entries('commands', older.commands, newer.commands, commands),
    ...entries('properties', older.properties, newer.properties, properties),
  ];
}

/** What there was has to be there; what is new harms nobody. */
function entries<Spec>(
  path: string,
  older: Entries<Spec> = {},
  newer: Entries<Spec> = {},
  compare: (path: string, older: Spec, newer: Spec) => Incompatibility[],
): Incompatibility[] {
  return Object.entries(older).flatMap(([name, spec]) =>
    Object.hasOwn(newer, name)
      ? compare(`${path}.${name}`, spec, newer[name]!)
      : [{path: `${path}.${name}`, why: 'is not there any more, and queries and devices may rely on it'}],
  );
}

function values(path: string, older: ValueSpec, newer: ValueSpec): Incompatibility[] {
  const found: Incompatibility[] = [];
  const widened = older.type === 'integer' && newer.type === 'number';
  if (older.type !== newer.type && !widened)
    found.push({path: `${path}.type`, why: `was ${older.type} and is ${newer.type}`});
  if (older.unit !== newer.unit)
    found.push({
      path: `${path}.unit`,
      why: `was ${older.unit ?? 'none'} and is ${newer.unit ?? 'none'}: the same number means something else`,
    });
  if ((newer.min ?? -Infinity) > (older.min ?? -Infinity))
    found.push({
      path: `${path}.min`,
      why: `was ${older.min ?? 'none'} and is ${newer.min}: values that fitted do not any more`,
    });
  if ((newer.max ?? Infinity) < (older.max ?? Infinity))
    found.push({
      path: `${path}.max`,
      why: `was ${older.max ?? 'none'} and is ${newer.max}: values that fitted do not any more`,
    });
  const gone = newer.values && (older.values ?? []).filter(value => !newer.values!.includes(value));
  if (newer.values && (older.values === undefined || gone!.length > 0))
    found.push({path: `${path}.values`, why: `does not have ${gone!.join(', ') || 'every text'} any more`});
  return found;
}

function commands(path: string, older: CommandSpec, newer: CommandSpec): Incompatibility[] {
  const added = Object.entries(newer.args ?? {})
    .filter(([name, {required}]) => required === true && !older.args?.[name])
    .map(([name]) => ({path: `${path}.args.${name}`, why: 'is new and required, and nobody gives it yet'}));
  return [...entries(`${path}.args`, older.args, newer.args, argument), ...added];
}

function argument(path: string, older: ArgumentSpec, newer: ArgumentSpec): Incompatibility[] {
  const required = newer.required === true && older.required !== true;
  return [
    ...values(path, older, newer),
    ...(required ? [{path: `${path}.required`, why: 'was not required'}] : []),
  ];
}

function properties(path: string, older: PropertySpec, newer: PropertySpec): Incompatibility[] {
  const locked = older.writable === true && newer.writable !== true;
  return [
    ...values(path, older, newer),
    ...(locked ? [{path: `${path}.writable`, why: 'could be written'}] : []),
  ];
}
