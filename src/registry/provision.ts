/** Makes devices together with what they prove themselves with: all of them, or none. */
import type {Device, DeviceCredential} from '../domain/device.js';
import {IotctlError} from '../domain/errors.js';
import {usernameOf} from '../domain/identity.js';
import {parseDeviceId} from '../domain/ids.js';
import {ENDED} from '../domain/lifecycle.js';
import {type By, Credentials, type Validity, type Wanted} from './credentials.js';
import {type NewDevice, newRowOf, viewOf} from './device-row.js';
import {Devices} from './devices.js';
import type {DeviceRow} from './schema.js';
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
}

const ROWS_PER_INSERT = 500;

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
    const rows = fresh.map(device => newRowOf(tenant, device, options));
    await devices.insert(rows);
    const given = await giveCredentials(transaction, vault, rows, options);
    const made = new Map(rows.map(row => [row.id, row]));
    return ids.map(id => {
      const row = present.get(id);
      return row
        ? {device: viewOf(row), credential: null, isNew: false}
        : {device: viewOf(made.get(id)!), credential: given.get(id) ?? null, isNew: true};
    });
  });
}

async function giveCredentials(
  database: Database,
  vault: Vault,
  rows: readonly DeviceRow[],
  options: ProvisionOptions,
): Promise<Map<string, DeviceCredential>> {
  const {credential: wanted} = options;
  if (wanted === null) return new Map();
  const credentials = new Credentials(database, vault);
  const made = rows.map(({tenant, id: device}) =>
    credentials.make({tenant, device}, wanted, options, options),
  );
  for (let from = 0; from < made.length; from += ROWS_PER_INSERT)
    await database
      .insertInto('credentials')
      .values(made.slice(from, from + ROWS_PER_INSERT).map(({row}) => row))
      .execute();
  return new Map(
    made.map(({row, secret, key}) => [
      row.device,
      {
        username: usernameOf(row.device, row.tenant),
        ...(secret === undefined ? {} : {secret}),
        ...(key === undefined ? {} : {key, keyId: row.id}),
      },
    ]),
  );
}

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
