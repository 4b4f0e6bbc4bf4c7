/** Devices: their rows, and the rules about them. */
import {type Expression, type ExpressionBuilder, type SqlBool, sql} from 'kysely';
import type {DeviceFacts, DeviceScope} from '../domain/access.js';
import type {Device} from '../domain/device.js';
import {IotctlError} from '../domain/errors.js';
import {ENDED, statesBefore} from '../domain/lifecycle.js';
import {parseSelector, type SelectorTerm} from '../domain/selector.js';
import {DeviceGateways} from './device-gateways.js';
import {viewOf} from './device-row.js';
import type {DeviceRow, Schema} from './schema.js';
import type {Database} from './transact.js';

export interface PageRequest {
  readonly limit: number;
  readonly cursor?: string | undefined;
  readonly selector?: string | undefined;
  /** What the caller may see; the rest is not there. */
  readonly scope?: DeviceScope | undefined;
}

export interface DevicePage {
  readonly items: Device[];
  readonly nextCursor: string | null;
}

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

  /** Ordered by id; `cursor` is the last id of the page before. */
  async list(tenant: string, {limit, cursor, selector, scope = 'all'}: PageRequest): Promise<DevicePage> {
    let query = this.#database.selectFrom('devices').selectAll().where('tenant', '=', tenant).orderBy('id');
    if (cursor !== undefined) query = query.where('id', '>', cursor);
    if (selector !== undefined) query = query.where(chosenBy(parseSelector(selector)));
    query = query.where(inScope(scope));
    const rows = await query.limit(limit + 1).execute();
    const items = rows.slice(0, limit).map(viewOf);
    return {items, nextCursor: rows.length > limit ? items.at(-1)!.id : null};
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
  async idsIn(tenant: string, scope: DeviceScope): Promise<string[]> {
    const rows = await this.#database
      .selectFrom('devices')
      .select('id')
      .where('tenant', '=', tenant)
      .where(inScope(scope))
      .execute();
    return rows.map(({id}) => id);
  }

  /** It has its first credential now. */
  async provisioned(tenant: string, id: string): Promise<void> {
    await this.#database
      .updateTable('devices')
      .set({lifecycle: 'provisioned'})
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

type Condition = (eb: ExpressionBuilder<Schema, 'devices'>) => Expression<SqlBool>;

/** `site=oslo,model=thermostat`: labels; the key `model` is the device's model. */
const chosenBy =
  (terms: readonly SelectorTerm[]): Condition =>
  eb =>
    eb.and(
      terms.map(({key, value}) =>
        key === 'model'
          ? eb('model', '=', value)
          : eb(sql<string>`json_extract(labels, ${`$."${key}"`})`, '=', value),
      ),
    );

const inScope =
  (scope: DeviceScope): Condition =>
  eb =>
    scope === 'all' ? eb.and([]) : eb.or(scope.map(terms => chosenBy(terms)(eb)));
