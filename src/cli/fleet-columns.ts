import type {Difference} from '../domain/differences.js';
import type {FleetStep} from '../domain/fleet.js';
import type {Columns} from './output.js';

export const FLEET_STEP_COLUMNS: Columns<FleetStep> = {
  id: ({id}) => id,
  kind: ({kind}) => kind,
  action: ({action}) => action,
  changes: ({changes}) => changes.map(({path}) => path).join(', ') || null,
};

/** One leaf of one thing that is not as the file says. */
export interface FleetDifference extends Difference {
  readonly id: string;
  readonly kind: string;
}

export const FLEET_DIFFERENCE_COLUMNS: Columns<FleetDifference> = {
  id: ({id}) => id,
  kind: ({kind}) => kind,
  path: ({path}) => path || null,
  from: ({from}) => valueText(from),
  to: ({to}) => valueText(to),
};

/** `-` for what is not there. */
const valueText = (value: unknown): string =>
  value === undefined ? '-' : typeof value === 'string' ? value : JSON.stringify(value);
