/** `site=oslo,model=thermostat`: every part has to hold. The same language wherever devices are chosen. */
import {IotctlError} from './errors.js';

export interface SelectorTerm {
  readonly key: string;
  readonly value: string;
}

const LABEL_KEY = /^[A-Za-z][A-Za-z0-9_.-]{0,62}$/;
const LABEL_VALUE_CHARACTERS_MAX = 256;

export const isLabelKey = (text: string): boolean => LABEL_KEY.test(text);
export const isLabelValue = (text: string): boolean => text.length <= LABEL_VALUE_CHARACTERS_MAX;

/** Throws `IOT_USAGE` naming the part that is not `key=value`. */
export function parseSelector(text: string): SelectorTerm[] {
  return text.split(',').map(part => {
    const equals = part.indexOf('=');
    const key = part.slice(0, equals);
    const value = part.slice(equals + 1);
    if (equals < 1 || !isLabelKey(key) || !isLabelValue(value)) {
      throw new IotctlError('IOT_USAGE', `not key=value in a selector: ${JSON.stringify(part.slice(0, 80))}`);
    }
    return {key, value};
  });
}
