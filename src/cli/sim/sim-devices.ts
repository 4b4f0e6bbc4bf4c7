/** The devices of a simulation, with what they log in with: made on a platform for the run, listed, or known to a broker. */
import {IotctlError} from '../../domain/errors.js';
import {type EnrolmentKey, enrol} from '../../sim/device/enrol.js';
import type {NamedDevice} from '../../sim/device/planned-fleets.js';
import {provision, unprovision} from '../../sim/device/provision.js';
import type {PlannedDevice} from '../../sim/device/sim-plan.js';
import {readIdentities} from '../load/identities-file.js';
import type {SimWhere} from './sim-where.js';

export interface DeviceSource {
  readonly where: SimWhere;
  /** A CSV of identities, one for each device in its order. */
  readonly identities: string | undefined;
  readonly keep: boolean;
  /** They register themselves with what this gives, instead of being created. */
  readonly enrolment: (() => Promise<EnrolmentKey>) | undefined;
}

/** What was made is taken away again, however `use` ends, unless it is to be kept. */
export async function withDevices<Result>(
  named: readonly NamedDevice[],
  {where, identities, keep, enrolment}: DeviceSource,
  use: (devices: readonly PlannedDevice[]) => Promise<Result>,
): Promise<Result> {
  if (identities !== undefined) return await use(await listed(named, identities, where));
  const {api: open} = where;
  if (!open) return await use(named.map(device => withLogin(device, where)));
  const api = await open();
  const made: string[] = [];
  try {
    const logins = enrolment
      ? await enrol(
          api,
          named.map(({id}) => id),
          await enrolment(),
          id => made.push(id),
        )
      : await provision(api, named, ids => made.push(...ids));
    return await use(named.map((device, index) => ({...planned(device, where), ...logins[index]!})));
  } finally {
    if (!keep) await unprovision(api, made);
  }
}

/** They are there already, and stay. Throws `IOT_INPUT_INVALID` where there are fewer than devices. */
async function listed(
  named: readonly NamedDevice[],
  file: string,
  where: SimWhere,
): Promise<PlannedDevice[]> {
  const identities = await readIdentities(file);
  const count = Object.keys(identities).length;
  if (count < named.length)
    throw new IotctlError(
      'IOT_INPUT_INVALID',
      `${file}: ${named.length} devices need an identity each, and there are ${count}; give --devices ${count}`,
    );
  return named.map((device, index) => {
    const {clientId, username, password, cert, key} = identities[index]!;
    const id = clientId ?? device.id;
    const certificate = cert !== undefined && key !== undefined ? {cert, key} : undefined;
    return {...planned(device, where), id, username, password, certificate};
  });
}

/** Brokers take turns. */
const planned = ({id, number, fleet}: NamedDevice, {brokers}: SimWhere): PlannedDevice => ({
  id,
  number,
  fleet,
  broker: number % brokers.length,
});

const withLogin = (device: NamedDevice, where: SimWhere): PlannedDevice => ({
  ...planned(device, where),
  username: where.username?.replaceAll('{device}', device.id),
  password: where.password?.replaceAll('{device}', device.id),
});
