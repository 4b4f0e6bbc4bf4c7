/** Field gateways, and the devices behind them: who may speak for whom. */
import {type Lifecycle, mayConnect} from '../domain/device.js';
import type {DeviceGatewayRow} from './schema.js';
import type {Database} from './transact.js';

/** SQLite takes 32,766 parameters in a statement. */
const ROWS_PER_INSERT = 500;

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
  async childrenOf(tenant: string, gateways: readonly string[]): Promise<Map<string, Set<string>>> {
    const rows = await this.#database
      .selectFrom('device_gateways')
      .innerJoin('devices', join =>
        join
          .onRef('devices.tenant', '=', 'device_gateways.tenant')
          .onRef('devices.id', '=', 'device_gateways.device'),
      )
      .select(['gateway', 'device', 'lifecycle', 'admin_state as adminState'])
      .where('device_gateways.tenant', '=', tenant)
      .where('gateway', 'in', gateways)
      .execute();
    const children = new Map<string, Set<string>>();
    for (const {gateway, device, ...state} of rows) {
      if (!mayConnect(state as {lifecycle: Lifecycle; adminState: typeof state.adminState})) continue;
      children.set(gateway, (children.get(gateway) ?? new Set()).add(device));
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
