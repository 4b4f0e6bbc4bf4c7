import type {DeviceSighting} from '../client/device-feed.js';
import {DEVICE_COLUMNS} from './device-columns.js';
import {type Columns, columnEntries} from './output.js';

/** Those of a device, with what became of it in the list; of one that is gone there is only the id. */
export const SIGHTING_COLUMNS: Columns<DeviceSighting> = {
  ...Object.fromEntries(
    columnEntries(DEVICE_COLUMNS).map(([name, cell]) => [
      name,
      ({device}: DeviceSighting) => device && cell(device),
    ]),
  ),
  id: ({id}) => id,
  change: ({change}) => change,
};
