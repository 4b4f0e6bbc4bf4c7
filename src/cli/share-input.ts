import {IotctlError} from '../domain/errors.js';

/** `5%`, in percent. Throws `IOT_USAGE`. */
export function parseShare(text: string): number {
  const percent = Number(/^(\d{1,3}(?:\.\d{1,3})?)%$/.exec(text)?.[1]);
  if (percent <= 100) return percent;
  throw new IotctlError('IOT_USAGE', `not a share from 0% to 100%: ${JSON.stringify(text.slice(0, 80))}`);
}
