/** What changes of a device once it is there: each change raises its version and is remembered in short. */
import type {Device, DeviceChange} from '../domain/device.js';
import {IotctlError} from '../domain/errors.js';
import {DeviceGateways} from './device-gateways.js';
import {viewOf} from './device-row.js';
import type {DeviceRow} from './tables/devices.js';
import type {Database} from './transact.js';

/** Columns that a change may set. */
export type DeviceColumns = Partial<
  Pick<
    DeviceRow,
    | 'model'
    | 'model_version'
    | 'labels'
    | 'metadata'
    | 'components'
    | 'via'
    | 'lifecycle'
    | 'lifecycle_note'
    | 'retired_ms'
    | 'released_ms'
    | 'admin_state'
    | 'admin_note'
    | 'health'
    | 'health_note'
    | 'address'
  >
>;

/** What a conflict, and `device show`, can tell of: the changes before it are in the audit log. */
const CHANGES_KEPT = 10;

export class DeviceChanges {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /**
   * To be called in the transaction that read `before`. `fields` name what changes in the words of the API. Throws
   * `IOT_DEVICE_CHANGED`, saying what did, when the caller saw another version.
   */
  async apply(
    before: Device,
    columns: DeviceColumns,
    change: {fields: readonly string[]; by: string; nowMs: number; ifVersion?: number | undefined},
  ): Promise<Device> {
    refuseStale(before, change.ifVersion);
    const version = before.version + 1;
    const remembered: DeviceChange = {
      version,
      at: new Date(change.nowMs).toISOString(),
      by: change.by,
      fields: change.fields,
    };
    const changes = JSON.stringify([...before.changes, remembered].slice(-CHANGES_KEPT));
    const row = await this.#database
      .updateTable('devices')
      .set({...columns, version, changes})
      .where('tenant', '=', before.tenant)
      .where('id', '=', before.id)
      .returningAll()
      .executeTakeFirstOrThrow();
    const after = viewOf(row);
    if (columns.via !== undefined)
      await new DeviceGateways(this.#database).set(after.tenant, after.id, after.via);
    return after;
  }
}

function refuseStale({id, version, changes}: Device, ifVersion: number | undefined): void {
  if (ifVersion === undefined || ifVersion === version) return;
  const missed = changes.filter(change => change.version > ifVersion);
  const told = missed.map(({fields, by, at}) => `${fields.join(', ')} by ${by} at ${at}`).join('; ');
  const what =
    ifVersion > version
      ? 'it never had that one'
      : `since then changed: ${told || 'nothing that is remembered'}`;
  throw new IotctlError(
    'IOT_DEVICE_CHANGED',
    `device ${id} is at version ${version}, not ${ifVersion}: ${what}`,
  );
}
