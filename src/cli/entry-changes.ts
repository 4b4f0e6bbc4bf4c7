/** Changes of entries as they are typed: `key=value`, and `key-` to take one away. */
import {IotctlError} from '../domain/errors.js';

/** Throws `IOT_USAGE`. */
export function parseEntryChanges(what: string, texts: readonly string[]): Record<string, string | null> {
  return Object.fromEntries(
    texts.map(text => {
      const at = text.indexOf('=');
      if (at > 0) return [text.slice(0, at), text.slice(at + 1)];
      if (at < 0 && text.length > 1 && text.endsWith('-')) return [text.slice(0, -1), null];
      throw new IotctlError(
        'IOT_USAGE',
        `not a ${what}: ${JSON.stringify(text)}; write key=value, or key- to take it away`,
      );
    }),
  );
}

/** `motor`, `motor=servo@1`. Throws `IOT_USAGE`. */
export function parseComponents(texts: readonly string[]): Record<string, {model: string | null}> {
  return Object.fromEntries(
    Object.entries(parseComponentChanges(texts)).map(([name, component]) => {
      if (component === null) throw new IotctlError('IOT_USAGE', `not a component: ${JSON.stringify(name)}-`);
      return [name, component];
    }),
  );
}

/** `motor`, `motor=servo@1` and `motor-`. Throws `IOT_USAGE`. */
export function parseComponentChanges(
  texts: readonly string[],
): Record<string, {model: string | null} | null> {
  const plain = texts.map(text => (text.includes('=') || text.endsWith('-') ? text : `${text}=`));
  return Object.fromEntries(
    Object.entries(parseEntryChanges('component', plain)).map(([name, model]) => [
      name,
      model === null ? null : {model: model === '' ? null : model},
    ]),
  );
}
