import {IotctlError} from '../domain/errors.js';
import {isDevicePermission, isPermission, PERMISSIONS, type Permission} from '../domain/permission.js';

/** A permission, and the device that it is asked for. */
export interface AskedPermission {
  readonly permission: Permission;
  readonly device: string | undefined;
}

/** `retire` and `device/lamp-1`, or `read` and `event`. Throws `IOT_USAGE` naming what there is. */
export function parsePermission(verb: string, resource: string): AskedPermission {
  const slash = resource.indexOf('/');
  const noun = slash < 0 ? resource : resource.slice(0, slash);
  const device = slash < 0 ? undefined : resource.slice(slash + 1);
  const permission = `${noun}:${verb}`;
  if (!isPermission(permission)) throw unknown(noun, verb);
  if (device !== undefined && (device === '' || !isDevicePermission(permission))) {
    throw new IotctlError('IOT_USAGE', `${noun} takes no id here: ask for ${verb} ${noun}`);
  }
  return {permission, device};
}

function unknown(noun: string, verb: string): IotctlError {
  const verbs = PERMISSIONS.filter(name => name.startsWith(`${noun}:`)).map(name =>
    name.slice(noun.length + 1),
  );
  if (verbs.length > 0) {
    return new IotctlError(
      'IOT_USAGE',
      `no verb ${JSON.stringify(verb)} for ${noun}; there are: ${verbs.join(', ')}`,
    );
  }
  const nouns = new Set(PERMISSIONS.map(name => name.slice(0, name.indexOf(':'))));
  return new IotctlError(
    'IOT_USAGE',
    `no resource ${JSON.stringify(noun)}; there are: ${[...nouns].join(', ')}`,
  );
}
