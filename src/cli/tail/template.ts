/** Lines that people shape themselves: `{{device}} {{data.temperature}}`. */
import type {CloudEvent} from '../../domain/cloud-event.js';
import {IotctlError} from '../../domain/errors.js';
import {isJsonObject} from '../../domain/json.js';
import {visible} from '../text-width.js';
import {deviceOf, readingsIn, skewMsOf} from './event-facts.js';

/** What is said of an event beyond its own attributes. */
const OWN: Readonly<Record<string, (event: CloudEvent) => unknown>> = {
  device: deviceOf,
  skew: skewMsOf,
};

export type Template = (event: CloudEvent) => string;

/** A template as people type it: `\t` and `\n` are a tab and a line break. Throws `IOT_USAGE`. */
export const parseTemplate = (text: string): Template => parsePlaceholders(unescaped(text));

/**
 * `{{path}}` is an attribute of the event as `-o ndjson` prints it, `device`, or `skew` in milliseconds; a path below
 * `data` takes the first reading that has it. What is not there is empty. Throws `IOT_USAGE`.
 */
export function parsePlaceholders(text: string): Template {
  const parts = text.split(/\{\{(.*?)\}\}/s);
  const literals = parts.filter((_, index) => index % 2 === 0);
  if (literals.some(literal => literal.includes('{{') || literal.includes('}}')))
    throw new IotctlError('IOT_USAGE', `a {{ or }} of the template is alone: ${JSON.stringify(text)}`);
  const steps = parts.map((part, index) => (index % 2 === 0 ? () => part : placeholder(part.trim(), text)));
  return event => steps.map(step => step(event)).join('');
}

function placeholder(path: string, text: string): Template {
  if (!/^[A-Za-z_][\w-]*(?:\.[\w-]+)*$/.test(path))
    throw new IotctlError(
      'IOT_USAGE',
      `not a placeholder: {{${path}}} in ${JSON.stringify(text)}; such as {{device}}, {{time}}, {{data.temperature}}`,
    );
  const own = OWN[path];
  if (own !== undefined && Object.hasOwn(OWN, path)) return event => textOf(own(event));
  const keys = path.split('.');
  return event => textOf(valueAt(event, keys));
}

function valueAt(event: CloudEvent, [first = '', ...keys]: readonly string[]): unknown {
  if (first !== 'data' || keys.length === 0) return follow(event, [first, ...keys]);
  return readingsIn(event.data)
    .map(reading => follow(reading, keys))
    .find(value => value !== undefined);
}

function follow(value: unknown, keys: readonly string[]): unknown {
  let at = value;
  for (const key of keys) at = isJsonObject(at) && Object.hasOwn(at, key) ? at[key] : undefined;
  return at;
}

function textOf(value: unknown): string {
  if (value === undefined || value === null) return '';
  return visible(typeof value === 'string' ? value : JSON.stringify(value));
}

/** A shell passes `\t` and `\n` as they are. */
const unescaped = (text: string): string =>
  text.replace(/\\([tn\\])/g, (_, char: string) => ({t: '\t', n: '\n', '\\': '\\'})[char]!);
