/** Devices: their rows, and the rules about them. */
import {type Kysely, type SelectQueryBuilder, sql} from 'kysely';
import {type DeviceSecret, hashSecret, newSecret} from '../domain/credential.js';
import type {AdminState, Connectivity, Device, DeviceCredential, Lifecycle} from '../domain/device.js';
import {IotctlError} from '../domain/errors.js';
import {type DeviceIdentity, usernameOf} from '../domain/identity.js';
import {parseDeviceId} from '../domain/ids.js';
import {parseSelector} from '../domain/selector.js';
import {uuidV7} from '../domain/uuid.js';
import type {DeviceRow, Schema} from './schema.js';

export interface NewDevice {
  readonly id: string;
  readonly model?: string | undefined;
  readonly labels?: Readonly<Record<string, string>> | undefined;
}

export interface CreatedDevice {
  readonly device: Device;
  /** Null when the device was there before. */
  readonly credential: DeviceCredential | null;
}

export interface DevicePage {
  readonly items: Device[];
  readonly nextCursor: string | null;
}

/** Credentials without an end of their own. */
const NEVER_MS = Number.MAX_SAFE_INTEGER;

/** SQLite takes 32,766 parameters in a statement. */
const ROWS_PER_INSERT = 500;

export class Devices {
  readonly #database: Kysely<Schema>;

  constructor(database: Kysely<Schema>) {
    this.#database = database;
  }

  /** All or none. Throws `IOT_DEVICE_EXISTS`, `IOT_DEVICE_RETIRED` or `IOT_DEVICE_ID_INVALID`. */
  async create(
    tenant: string,
    wanted: readonly NewDevice[],
    {ifNotExists, nowMs}: {ifNotExists: boolean; nowMs: number},
  ): Promise<CreatedDevice[]> {
    const ids = wanted.map(({id}) => parseDeviceId(id));
    const twice = ids.find((id, index) => ids.indexOf(id) !== index);
    if (twice !== undefined) throw new IotctlError('IOT_DEVICE_EXISTS', `${twice} is asked for twice`);
    return await this.#database.transaction().execute(async database => {
      const present = await existing(database, tenant, ids);
      for (const [id, row] of present) refuseExisting(id, row, ifNotExists);
      const made = wanted.filter(({id}) => !present.has(id)).map(device => makeDevice(tenant, device, nowMs));
      for (let from = 0; from < made.length; from += ROWS_PER_INSERT) {
        const part = made.slice(from, from + ROWS_PER_INSERT);
        await database
          .insertInto('devices')
          .values(part.map(({row}) => row))
          .execute();
        await database
          .insertInto('credentials')
          .values(part.map(({credential}) => credential))
          .execute();
      }
      const secrets = new Map(made.map(({row, secret}) => [row.id, {row, secret}]));
      return ids.map(id => {
        const fresh = secrets.get(id);
        return fresh
          ? {device: viewOf(fresh.row), credential: {username: usernameOf(id, tenant), secret: fresh.secret}}
          : {device: viewOf(present.get(id)!), credential: null};
      });
    });
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
  async list(
    tenant: string,
    {limit, cursor, selector}: {limit: number; cursor?: string | undefined; selector?: string | undefined},
  ): Promise<DevicePage> {
    let query = this.#database.selectFrom('devices').selectAll().where('tenant', '=', tenant).orderBy('id');
    if (cursor !== undefined) query = query.where('id', '>', cursor);
    if (selector !== undefined) query = select(query, selector);
    const rows = await query.limit(limit + 1).execute();
    const items = rows.slice(0, limit).map(viewOf);
    return {items, nextCursor: rows.length > limit ? items.at(-1)!.id : null};
  }

  /** Revokes every credential; the id and the history stay. Safe to repeat. */
  async retire(tenant: string, id: string, nowMs: number): Promise<Device> {
    await this.get(tenant, id);
    await this.#database.transaction().execute(async database => {
      await database
        .deleteFrom('credentials')
        .where('tenant', '=', tenant)
        .where('device', '=', id)
        .execute();
      await database
        .updateTable('devices')
        .set({lifecycle: 'retired', retired_ms: nowMs})
        .where('tenant', '=', tenant)
        .where('id', '=', id)
        .where('lifecycle', '!=', 'retired')
        .execute();
    });
    return await this.get(tenant, id);
  }

  /** The id becomes free. Throws `IOT_DEVICE_NOT_RETIRED` unless forced. */
  async remove(tenant: string, id: string, {force}: {force: boolean}): Promise<void> {
    const device = await this.get(tenant, id);
    if (device.lifecycle !== 'retired' && !force) {
      throw new IotctlError('IOT_DEVICE_NOT_RETIRED', `device ${id} is ${device.lifecycle}`);
    }
    await this.#database.deleteFrom('devices').where('tenant', '=', tenant).where('id', '=', id).execute();
  }

  async identity(tenant: string, id: string): Promise<DeviceIdentity | undefined> {
    const row = await this.find(tenant, id);
    if (!row) return undefined;
    const credentials = await this.#database
      .selectFrom('credentials')
      .selectAll()
      .where('tenant', '=', tenant)
      .where('device', '=', id)
      .where('kind', '=', 'secret')
      .execute();
    const secrets: DeviceSecret[] = credentials.map(credential => ({
      id: credential.id,
      saltHex: credential.salt,
      hashHex: credential.hash,
      notBeforeMs: credential.not_before_ms,
      notAfterMs: credential.not_after_ms,
    }));
    return {
      kind: 'device',
      tenant,
      device: id,
      generation: row.generation,
      lifecycle: row.lifecycle as Lifecycle,
      adminState: row.admin_state as AdminState,
      secrets,
    };
  }

  async counts(): Promise<{devices: number; online: number}> {
    const row = await this.#database
      .selectFrom('devices')
      .select([
        sql<number>`count(*)`.as('devices'),
        sql<number>`coalesce(sum(connectivity = 'online'), 0)`.as('online'),
      ])
      .executeTakeFirstOrThrow();
    return {devices: row.devices, online: row.online};
  }
}

type DeviceQuery = SelectQueryBuilder<Schema, 'devices', DeviceRow>;

/** `site=oslo,model=thermostat`: labels; the key `model` is the device's model. */
function select(query: DeviceQuery, selector: string): DeviceQuery {
  let selected = query;
  for (const {key, value} of parseSelector(selector)) {
    selected =
      key === 'model'
        ? selected.where('model', '=', value)
        : selected.where(sql`json_extract(labels, ${`$."${key}"`})`, '=', value);
  }
  return selected;
}

async function existing(
  database: Kysely<Schema>,
  tenant: string,
  ids: readonly string[],
): Promise<Map<string, DeviceRow>> {
  const rows = await database
    .selectFrom('devices')
    .selectAll()
    .where('tenant', '=', tenant)
    .where('id', 'in', ids)
    .execute();
  return new Map(rows.map(row => [row.id, row]));
}

function refuseExisting(id: string, row: DeviceRow, ifNotExists: boolean): void {
  if (row.lifecycle === 'retired') throw new IotctlError('IOT_DEVICE_RETIRED', `device ${id} was retired`);
  if (!ifNotExists) throw new IotctlError('IOT_DEVICE_EXISTS', `device ${id} exists`);
}

function makeDevice(tenant: string, {id, model, labels}: NewDevice, nowMs: number) {
  const secret = newSecret();
  const {saltHex, hashHex} = hashSecret(secret);
  const row: DeviceRow = {
    tenant,
    id,
    generation: uuidV7(nowMs),
    model: model ?? null,
    labels: JSON.stringify(labels ?? {}),
    lifecycle: 'provisioned',
    admin_state: 'enabled',
    connectivity: 'never',
    session_id: null,
    session_version: 0,
    created_ms: nowMs,
    retired_ms: null,
    connected_ms: null,
    disconnected_ms: null,
    last_seen_ms: null,
  };
  const credential = {
    id: uuidV7(nowMs),
    tenant,
    device: id,
    kind: 'secret',
    salt: saltHex,
    hash: hashHex,
    not_before_ms: 0,
    not_after_ms: NEVER_MS,
    created_ms: nowMs,
  };
  return {row, credential, secret};
}

const timeOf = (ms: number | null): string | null => (ms === null ? null : new Date(ms).toISOString());

export const viewOf = (row: DeviceRow): Device => ({
  id: row.id,
  tenant: row.tenant,
  generation: row.generation,
  model: row.model,
  labels: JSON.parse(row.labels) as Record<string, string>,
  lifecycle: row.lifecycle as Lifecycle,
  adminState: row.admin_state as AdminState,
  connectivity: row.connectivity as Connectivity,
  createdAt: new Date(row.created_ms).toISOString(),
  retiredAt: timeOf(row.retired_ms),
  connectedAt: timeOf(row.connected_ms),
  disconnectedAt: timeOf(row.disconnected_ms),
  lastSeenAt: timeOf(row.last_seen_ms),
});
