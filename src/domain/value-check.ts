/** Does a value fit what a model says of it? */
import type {ArgumentSpec, CommandSpec, ValueSpec} from './model.js';

export type Misfit = 'wrong-type' | 'out-of-range' | 'unknown-value';

export function misfitOf({type, min, max, values}: ValueSpec, value: unknown): Misfit | undefined {
  switch (type) {
    case 'boolean':
      return typeof value === 'boolean' ? undefined : 'wrong-type';
    case 'string':
      if (typeof value !== 'string') return 'wrong-type';
      return values === undefined || values.includes(value) ? undefined : 'unknown-value';
    case 'integer':
    case 'number':
      if (typeof value !== 'number' || (type === 'integer' && !Number.isInteger(value))) return 'wrong-type';
      return (min !== undefined && value < min) || (max !== undefined && value > max)
        ? 'out-of-range'
        : undefined;
  }
}

/** What is wrong with a command's arguments, in words; undefined where nothing is. */
export function argumentFault({args}: CommandSpec, data: unknown): string | undefined {
  if (args === undefined) return undefined;
  const given = data ?? {};
  if (typeof given !== 'object' || Array.isArray(given)) return 'its arguments are not an object';
  const unknown = Object.keys(given).find(name => !Object.hasOwn(args, name));
  if (unknown !== undefined)
    return `no argument ${JSON.stringify(unknown)}; there are: ${Object.keys(args).join(', ') || 'none'}`;
  for (const [name, spec] of Object.entries(args)) {
    const fault = faultOf(spec, (given as Readonly<Record<string, unknown>>)[name]);
    if (fault !== undefined) return `argument ${name} ${fault}`;
  }
  return undefined;
}

function faultOf(spec: ArgumentSpec, value: unknown): string | undefined {
  if (value === undefined) return spec.required === true ? 'is missing' : undefined;
  return misfitText(spec, value);
}

/** In words; undefined where it fits. */
export function misfitText(spec: ValueSpec, value: unknown): string | undefined {
  const misfit = misfitOf(spec, value);
  if (misfit === 'wrong-type') return `is not of type ${spec.type}`;
  if (misfit === 'out-of-range') return `is not between ${spec.min ?? '-∞'} and ${spec.max ?? '∞'}`;
  return misfit && `is none of ${spec.values!.join(', ')}`;
}
