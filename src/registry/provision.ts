/** Makes devices together with what they prove themselves with: all of them, or none. */
import type {Device, DeviceCredential} from '../domain/device.js';
import {IotctlError} from '../domain/errors.js';
import {usernameOf} from '../domain/identity.js';
import {parseDeviceId} from '../domain/ids.js';
import {ENDED} from '../domain/lifecycle.js';
import {type By, Credentials, type Validity, type Wanted} from './credentials.js';
import {type NewDevice, newRowOf, viewOf} from './device-row.js';
import {Devices} from './devices.js';
import type {DeviceRow} from './tables/devices.js';
import {Tenants} from './tenants.js';
import {type Database, transact} from './transact.js';
import type {Vault} from './vault.js';

export interface ProvisionOptions extends By, Validity {
  /** A device that is there already is kept as it is, without an error. */
  readonly ifNotExists: boolean;
  /** Null: they get one later. */
  readonly credential: Wanted | null;
}

export interface CreatedDevice {
  readonly device: Device;
  /** Null when the device was there before, or gets none. */
  readonly credential: DeviceCredential | null;
  /** False where it was there before. */
  readonly isNew: boolean;
  /** Of what it was made with. */
  readonly credentialId?: string | undefined;
}

/** Throws `IOT_DEVICE_EXISTS`, `IOT_DEVICE_RETIRED`, `IOT_DEVICE_ID_INVALID` or `IOT_QUOTA_EXCEEDED`. */
export async function provisionDevices(
  {database, vault}: {database: Database; vault: Vault},
  tenant: string,
  wanted: readonly NewDevice[],
  options: ProvisionOptions,
): Promise<CreatedDevice[]> {
  const ids = wanted.map(({id}) => parseDeviceId(id));
  refuseTwice(ids);
  return await transact(database, async transaction => {
    const devices = new Devices(transaction);
    const present = await devices.present(tenant, ids);
    for (const [id, row] of present) refuseExisting(id, row, options.ifNotExists);
    const fresh = wanted.filter(({id}) => !present.has(id));
    await new Tenants(transaction).checkQuota(tenant, 'devices', fresh.length);
    const made = await insertDevices(
      {database: transaction, vault},
      tenant,
      fresh,
      () => options.credential,
      options,
    );
    const created = new Map(made.map(one => [one.device.id, one]));
    return ids.map(
      id => created.get(id) ?? {device: viewOf(present.get(id)!), credential: null, isNew: false},
    );
  });
}

/** To be called in a transaction that knows that none of them is there. `credentialOf`: null is nothing yet. */
export async function insertDevices<Wish extends NewDevice>(
  {database, vault}: {database: Database; vault: Vault},
  tenant: string,
  wanted: readonly Wish[],
  credentialOf: (device: Wish) => Wanted | null,
  options: By & Validity,
): Promise<CreatedDevice[]> {
  const credentials = new Credentials(database, vault);
  const made = wanted.map(device => {
    const credential = credentialOf(device);
    const row = newRowOf(tenant, device, {nowMs: options.nowMs, credential});
    const given = credential && credentials.make({tenant, device: row.id}, credential, options, options);
    return {row, given};
  });
  await new Devices(database).insert(made.map(({row}) => row));
  await credentials.insert(made.flatMap(({given}) => given?.row ?? []));
  return made.map(({row, given}) => ({
    device: viewOf(row),
    credential: given && shownOf(given),
    isNew: true,
    credentialId: given?.row.id,
  }));
}

const shownOf = ({row, secret, key}: ReturnType<Credentials['make']>): DeviceCredential => ({
  username: usernameOf(row.device, row.tenant),
  ...(secret === undefined ? {} : {secret}),
  ...(row.kind === 'token' ? {keyId: row.id} : {}),
  ...(key === undefined ? {} : {key}),
});

function refuseTwice(ids: readonly string[]): void {
  const seen = new Set<string>();
  for (const id of ids) {
    if (seen.has(id)) throw new IotctlError('IOT_DEVICE_EXISTS', `${id} is asked for twice`);
    seen.add(id);
  }
}

function refuseExisting(id: string, row: DeviceRow, ifNotExists: boolean): void {
  if (ENDED.includes(row.lifecycle))
    throw new IotctlError('IOT_DEVICE_RETIRED', `device ${id} is ${row.lifecycle}`);
  if (!ifNotExists) throw new IotctlError('IOT_DEVICE_EXISTS', `device ${id} exists`);
}
