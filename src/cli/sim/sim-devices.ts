/** The devices of a simulation, with what they log in with: made on a platform for the run, or known to a broker. */
import type {NamedDevice} from '../../sim/device/planned-fleets.js';
import {provision, unprovision} from '../../sim/device/provision.js';
import type {PlannedDevice} from '../../sim/device/sim-plan.js';
import type {SimWhere} from './sim-where.js';

/** What was made is taken away again, however `use` ends, unless it is to be kept. */
export async function withDevices<Result>(
  named: readonly NamedDevice[],
  {where, keep}: {readonly where: SimWhere; readonly keep: boolean},
  use: (devices: readonly PlannedDevice[]) => Promise<Result>,
): Promise<Result> {
  const {api: open, username, password} = where;
  const planned = named.map(({id, number, fleet}) => ({id, number, fleet, broker: 0}));
  if (!open) {
    return use(
      planned.map(device => ({
        ...device,
        username: username?.replaceAll('{device}', device.id),
        password: password?.replaceAll('{device}', device.id),
      })),
    );
  }
  const api = await open();
  const made: string[] = [];
  try {
    const logins = await provision(api, named, ids => made.push(...ids));
    return await use(planned.map((device, index) => ({...device, ...logins[index]!})));
  } finally {
    if (!keep) await unprovision(api, made);
  }
}
