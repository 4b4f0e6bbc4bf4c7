/** Field gateways, and the devices behind them: who may speak for whom. */
import {mayConnect} from '../domain/device.js';
import type {ModelRef} from '../domain/model.js';
import {modelOf} from './device-row.js';
import type {DeviceGatewayRow} from './tables/devices.js';
import type {Database} from './transact.js';

/** SQLite takes 32,766 parameters in a statement. */
const ROWS_PER_INSERT = 500;

/** By id; undefined where the model is not described. */
type Children = Map<string, ModelRef | undefined>;

export class DeviceGateways {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** Of devices that have none yet. */
  async add(devices: readonly {tenant: string; id: string; via: string}[]): Promise<void> {
    const rows = devices.flatMap(({tenant, id, via}) =>
      (JSON.parse(via) as string[]).map(gateway => ({tenant, gateway, device: id})),
    );
    await this.#insert(rows);
  }

  async set(tenant: string, device: string, gateways: readonly string[]): Promise<void> {
    await this.#database
      .deleteFrom('device_gateways')
      .where('tenant', '=', tenant)
      .where('device', '=', device)
      .execute();
    await this.#insert(gateways.map(gateway => ({tenant, gateway, device})));
  }

  /** By gateway: the devices behind it that may be heard and be sent commands. */
  async childrenOf(tenant: string, gateways: readonly string[]): Promise<Map<string, Children>> {
    const rows = await this.#database
      .selectFrom('device_gateways')
      .innerJoin('devices', join =>
        join
          .onRef('devices.tenant', '=', 'device_gateways.tenant')
          .onRef('devices.id', '=', 'device_gateways.device'),
      )
      .select(['gateway', 'device', 'lifecycle', 'admin_state', 'model', 'model_version'])
      .where('device_gateways.tenant', '=', tenant)
      .where('gateway', 'in', gateways)
      .execute();
    const children = new Map<string, Children>();
    for (const {gateway, device, lifecycle, admin_state: adminState, ...row} of rows) {
      if (!mayConnect({lifecycle, adminState})) continue;
      children.set(gateway, (children.get(gateway) ?? new Map()).set(device, modelOf(row)));
    }
    return children;
  }

  async #insert(rows: readonly DeviceGatewayRow[]): Promise<void> {
    for (let from = 0; from < rows.length; from += ROWS_PER_INSERT)
      await this.#database
        .insertInto('device_gateways')
        .values(rows.slice(from, from + ROWS_PER_INSERT))
        .onConflict(conflict => conflict.doNothing())
        .execute();
  }
}
