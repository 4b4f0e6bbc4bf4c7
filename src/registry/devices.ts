/** Devices: their rows, and the rules about them. */
import {sql} from 'kysely';
import type {DeviceFacts, DeviceScope} from '../domain/access.js';
import type {Device} from '../domain/device.js';
import {IotctlError} from '../domain/errors.js';
import {ENDED, statesBefore} from '../domain/lifecycle.js';
import {DeviceGateways} from './device-gateways.js';
import {
  type DeviceChoice,
  DeviceList,
  type DevicePage,
  type LabelledDevice,
  type PageRequest,
} from './device-list.js';
import {viewOf} from './device-row.js';
import type {DeviceRow} from './tables/devices.js';
import type {Database} from './transact.js';

/** SQLite takes 32,766 parameters in a statement. */
const ROWS_PER_INSERT = 500;

export class Devices {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  async insert(rows: readonly DeviceRow[]): Promise<void> {
    for (let from = 0; from < rows.length; from += ROWS_PER_INSERT)
      await this.#database
        .insertInto('devices')
        .values(rows.slice(from, from + ROWS_PER_INSERT))
        .execute();
    await new DeviceGateways(this.#database).add(rows);
  }

  async present(tenant: string, ids: readonly string[]): Promise<Map<string, DeviceRow>> {
    const rows = await this.#database
      .selectFrom('devices')
      .selectAll()
      .where('tenant', '=', tenant)
      .where('id', 'in', ids)
      .execute();
    return new Map(rows.map(row => [row.id, row]));
  }

  /** Throws `IOT_DEVICE_UNKNOWN`. */
  async get(tenant: string, id: string): Promise<Device> {
    const row = await this.find(tenant, id);
    if (!row)
      throw new IotctlError('IOT_DEVICE_UNKNOWN', `no device ${JSON.stringify(id)} in tenant ${tenant}`);
    return viewOf(row);
  }

  async find(tenant: string, id: string): Promise<DeviceRow | undefined> {
    return await this.#database
      .selectFrom('devices')
      .selectAll()
      .where('tenant', '=', tenant)
      .where('id', '=', id)
      .executeTakeFirst();
  }

  list(tenant: string, page: PageRequest): Promise<DevicePage> {
    return new DeviceList(this.#database, tenant).page(page);
  }

  count(tenant: string, choice: DeviceChoice): Promise<number> {
    return new DeviceList(this.#database, tenant).count(choice);
  }

  /** The next so many by id, as far as selectors are about them. */
  async after(
    tenant: string,
    id: string,
    limit: number,
  ): Promise<Pick<DeviceRow, 'id' | 'model' | 'labels' | 'lifecycle'>[]> {
    return await this.#database
      .selectFrom('devices')
      .select(['id', 'model', 'labels', 'lifecycle'])
      .where('tenant', '=', tenant)
      .where('id', '>', id)
      .orderBy('id')
      .limit(limit)
      .execute();
  }

  /** What a decision has to know; undefined where there is no such device. */
  async facts(tenant: string, id: string): Promise<DeviceFacts | undefined> {
    const row = await this.find(tenant, id);
    return (
      row && {
        model: row.model,
        labels: JSON.parse(row.labels) as Record<string, string>,
        lifecycle: row.lifecycle,
      }
    );
  }

  /** Ids of the devices in a scope, for what has to be limited to them. */
  idsIn(tenant: string, scope: DeviceScope): Promise<string[]> {
    return new DeviceList(this.#database, tenant).ids({scope});
  }

  labels(tenant: string, choice: DeviceChoice, keys: readonly string[]): Promise<LabelledDevice[]> {
    return new DeviceList(this.#database, tenant).labels(choice, keys);
  }

  /** It has its first credential now. */
  async provisioned(tenant: string, id: string): Promise<void> {
    await this.#database
      .updateTable('devices')
      .set({lifecycle: 'provisioned', released_ms: null})
      .where('tenant', '=', tenant)
      .where('id', '=', id)
      .where('lifecycle', 'in', statesBefore('provision', 'provisioned'))
      .execute();
  }

  /** The id becomes free. Throws `IOT_DEVICE_NOT_RETIRED` unless forced. */
  async remove(tenant: string, id: string, {force}: {force: boolean}): Promise<void> {
    const device = await this.get(tenant, id);
    if (!ENDED.includes(device.lifecycle) && !force)
      throw new IotctlError('IOT_DEVICE_NOT_RETIRED', `device ${id} is ${device.lifecycle}`);
    await this.#database.deleteFrom('devices').where('tenant', '=', tenant).where('id', '=', id).execute();
  }

  async counts(): Promise<{devices: number; online: number}> {
    const row = await this.#database
      .selectFrom('devices')
      .select([
        sql<number>`count(*)`.as('devices'),
        sql<number>`coalesce(sum(connectivity IN ('online', 'stale')), 0)`.as('online'),
      ])
      .executeTakeFirstOrThrow();
    return {devices: row.devices, online: row.online};
  }
}
