/** Twins: made when something is first said in them; a device without one has the blank twin. */
import {sql} from 'kysely';
import {BLANK_TWIN, type StoredTwin} from '../domain/twin.js';
import type {TwinRow} from './tables/twins.js';
import type {Database} from './transact.js';
import {type DeviceKey, rowOfTwin, twinOfRow} from './twin-row.js';

/** What of a device has to be known where its twin changes or is sent. */
export interface TwinOfDevice {
  readonly device: string;
  readonly generation: string;
  readonly createdMs: number;
  readonly isPurged: boolean;
  /** Field gateways that may carry it. */
  readonly via: readonly string[];
  readonly twin: StoredTwin;
}

/** The desired document of a device, as its gateway sends it. */
export interface DesiredDocument extends DeviceKey {
  readonly generation: string;
  readonly via: readonly string[];
  readonly version: number;
  /** JSON text. */
  readonly desired: string;
}

/** SQLite takes 32,766 parameters in a statement. */
const ROWS_PER_INSERT = 500;

export class Twins {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  async get({tenant, device}: DeviceKey): Promise<StoredTwin> {
    const row = await this.#database
      .selectFrom('twins')
      .selectAll()
      .where('tenant', '=', tenant)
      .where('device', '=', device)
      .executeTakeFirst();
    return row ? twinOfRow(row) : BLANK_TWIN;
  }

  /** Of those devices that there are, whether they have a twin by now or not. */
  async ofDevices(tenant: string, devices: readonly string[]): Promise<Map<string, TwinOfDevice>> {
    const {rows} = await sql<DeviceAndTwin>`
      SELECT twins.*, devices.id, generation, created_ms, lifecycle, via
      FROM devices LEFT JOIN twins ON twins.tenant = devices.tenant AND twins.device = devices.id
      WHERE devices.tenant = ${tenant} AND devices.id IN (SELECT value FROM json_each(${JSON.stringify(devices)}))
    `.execute(this.#database);
    return new Map(
      rows.map(row => [
        row.id,
        {
          device: row.id,
          generation: row.generation,
          createdMs: row.created_ms,
          isPurged: row.lifecycle === 'purged',
          via: JSON.parse(row.via) as string[],
          twin: hasTwin(row) ? twinOfRow(row) : BLANK_TWIN,
        },
      ]),
    );
  }

  /** Many at once, for a fleet that subscribes; those of devices that are not there are left out. */
  async desiredOf(keys: readonly DeviceKey[]): Promise<DesiredDocument[]> {
    const {rows} = await sql<{
      tenant: string;
      device: string;
      generation: string;
      via: string;
      version: number;
      desired: string;
    }>`
      SELECT devices.tenant, devices.id AS device, devices.generation, devices.via,
        coalesce(twins.desired_version, 0) AS version, coalesce(twins.desired, '{}') AS desired
      FROM json_each(${JSON.stringify(keys)}) AS asked
      JOIN devices ON devices.tenant = asked.value ->> 'tenant' AND devices.id = asked.value ->> 'device'
      LEFT JOIN twins ON twins.tenant = devices.tenant AND twins.device = devices.id
    `.execute(this.#database);
    return rows.map(row => ({...row, via: JSON.parse(row.via) as string[]}));
  }

  async save(tenant: string, twins: readonly {device: string; twin: StoredTwin}[]): Promise<void> {
    const rows = twins.map(({device, twin}) => rowOfTwin({tenant, device}, twin));
    for (let from = 0; from < rows.length; from += ROWS_PER_INSERT)
      await this.#database
        .replaceInto('twins')
        .values(rows.slice(from, from + ROWS_PER_INSERT))
        .execute();
  }

  async delete({tenant, device}: DeviceKey): Promise<void> {
    await this.#database
      .deleteFrom('twins')
      .where('tenant', '=', tenant)
      .where('device', '=', device)
      .execute();
  }

  /** Offsets that this event stream has not reached are another one's: nothing of it would be applied any more. */
  async forgetOffsetsFrom(head: number): Promise<void> {
    await this.#database
      .updateTable('twins')
      .set({reported_offset: BLANK_TWIN.reportedOffset})
      .where('reported_offset', '>=', head)
      .execute();
  }
}

type DeviceAndTwin = (TwinRow | {readonly device: null}) & {
  readonly id: string;
  readonly generation: string;
  readonly created_ms: number;
  readonly lifecycle: string;
  readonly via: string;
};

const hasTwin = (row: DeviceAndTwin): row is DeviceAndTwin & TwinRow => row.device !== null;
