import {IotctlError} from '../domain/errors.js';

/** Labels as they are typed, `key=value` each. Throws `IOT_USAGE`. */
export function parseLabels(texts: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    texts.map(text => {
      const at = text.indexOf('=');
      if (at <= 0)
        throw new IotctlError('IOT_USAGE', `not a label: ${JSON.stringify(text)}; write key=value`);
      return [text.slice(0, at), text.slice(at + 1)];
    }),
  );
}
