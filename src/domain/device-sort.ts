/** `lastSeen:desc`: what a list of devices is sorted by. Those that are equal in it are in the order of their ids. */
import {type DeviceField, FIELD_NAMES, parseField, typeOfField} from './device-fields.js';
import {IotctlError} from './errors.js';

export interface DeviceSort {
  readonly field: DeviceField;
  readonly descending: boolean;
}

/** Throws `IOT_USAGE`. */
export function parseSort(text: string): DeviceSort {
  const [name = '', direction = 'asc', ...more] = text.split(':');
  const field = parseField(name);
  const sortable = field !== undefined && typeOfField(field).kind !== 'member';
  if (!sortable || more.length > 0 || (direction !== 'asc' && direction !== 'desc'))
    throw new IotctlError(
      'IOT_USAGE',
      `sort: expected FIELD, FIELD:asc or FIELD:desc, found ${JSON.stringify(text.slice(0, 80))}; the fields are ${FIELD_NAMES.join(', ')}, without component and via`,
    );
  return {field, descending: direction === 'desc'};
}
