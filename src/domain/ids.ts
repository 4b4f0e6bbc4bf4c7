/** The shapes of identifiers. None can hold a topic metacharacter, `@` or `~`, so no id can change a topic's meaning. */
import {IotctlError} from './errors.js';

const TENANT_ID = /^[a-z0-9](?:[a-z0-9-]{1,61}[a-z0-9])$/;
const DEVICE_ID = /^[A-Za-z0-9][A-Za-z0-9._:-]{0,127}$/;
const COMPONENT = /^[a-z][A-Za-z0-9_]{0,63}$/;
const NAME = /^[A-Za-z][A-Za-z0-9_.-]{0,63}$/;

/** The tenant that `iotctl up` creates on its first start. */
export const DEFAULT_TENANT = 'default';

export const isTenantId = (text: string): boolean => TENANT_ID.test(text);
export const isDeviceId = (text: string): boolean => DEVICE_ID.test(text);
export const isComponent = (text: string): boolean => COMPONENT.test(text);

/** Names of commands, event types and tokens. */
export const isName = (text: string): boolean => NAME.test(text);

/** Gives the id back, or throws `IOT_DEVICE_ID_INVALID`. */
export function parseDeviceId(text: string): string {
  if (!isDeviceId(text)) {
    throw new IotctlError('IOT_DEVICE_ID_INVALID', `not a device id: ${JSON.stringify(text.slice(0, 140))}`);
  }
  return text;
}
