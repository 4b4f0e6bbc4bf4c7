/** Models: what kinds of devices there are in a tenant, each with its versions side by side. */
import {sql} from 'kysely';
import {parseDurationMs} from '../domain/duration.js';
import {IotctlError} from '../domain/errors.js';
import {type Model, type ModelRef, type ModelSpec, parseModelRef} from '../domain/model.js';
import type {ModelRow} from './tables/devices.js';
import type {Database} from './transact.js';

/** How often events of a version broke it, by reason. */
export interface ModelFaults extends ModelRef {
  readonly tenant: string;
  /** `out-of-range:temperature`. */
  readonly fault: string;
  readonly count: number;
  readonly lastMs: number;
}

export class Models {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  async insert(tenant: string, spec: ModelSpec, by: {createdBy: string; nowMs: number}): Promise<Model> {
    const row: ModelRow = {
      tenant,
      name: spec.model,
      version: spec.version,
      spec: JSON.stringify(spec),
      expected_interval_ms:
        spec.expectedInterval === undefined ? null : parseDurationMs(spec.expectedInterval),
      created_ms: by.nowMs,
      created_by: by.createdBy,
    };
    await this.#database.insertInto('models').values(row).execute();
    return viewOf(row, 0);
  }

  async find(tenant: string, {name, version}: ModelRef): Promise<Model | undefined> {
    const row = await this.#database
      .selectFrom('models')
      .selectAll()
      .where('tenant', '=', tenant)
      .where('name', '=', name)
      .where('version', '=', version)
      .executeTakeFirst();
    return row && viewOf(row, await this.#devicesOf(tenant, row));
  }

  /** What it describes; without counting its devices. */
  async specOf(tenant: string, {name, version}: ModelRef): Promise<ModelSpec | undefined> {
    const row = await this.#database
      .selectFrom('models')
      .select('spec')
      .where('tenant', '=', tenant)
      .where('name', '=', name)
      .where('version', '=', version)
      .executeTakeFirst();
    return row && (JSON.parse(row.spec) as ModelSpec);
  }

  async newest(tenant: string, name: string): Promise<Model | undefined> {
    const row = await this.#database
      .selectFrom('models')
      .selectAll()
      .where('tenant', '=', tenant)
      .where('name', '=', name)
      .orderBy('version', 'desc')
      .executeTakeFirst();
    return row && viewOf(row, await this.#devicesOf(tenant, row));
  }

  /** All of them, oldest first. */
  async versions(tenant: string, name: string): Promise<ModelSpec[]> {
    const rows = await this.#database
      .selectFrom('models')
      .select('spec')
      .where('tenant', '=', tenant)
      .where('name', '=', name)
      .orderBy('version')
      .execute();
    return rows.map(({spec}) => JSON.parse(spec) as ModelSpec);
  }

  /** `thermostat` is the newest version, `thermostat@1` that one. Throws `IOT_MODEL_UNKNOWN`. */
  async get(tenant: string, ref: string): Promise<Model> {
    const {name, version} = parseModelRef(ref);
    const model =
      version === undefined ? await this.newest(tenant, name) : await this.find(tenant, {name, version});
    if (!model)
      throw new IotctlError('IOT_MODEL_UNKNOWN', `no model ${JSON.stringify(ref)} in tenant ${tenant}`);
    return model;
  }

  /** Ordered by name and version. */
  async list(tenant: string): Promise<Model[]> {
    const rows = await this.#database
      .selectFrom('models')
      .selectAll()
      .where('tenant', '=', tenant)
      .orderBy('name')
      .orderBy('version')
      .execute();
    const counts = await this.#database
      .selectFrom('devices')
      .select(['model', 'model_version', sql<number>`count(*)`.as('devices')])
      .where('tenant', '=', tenant)
      .where('model_version', 'is not', null)
      .groupBy(['model', 'model_version'])
      .execute();
    const devices = new Map(counts.map(count => [`${count.model}@${count.model_version}`, count.devices]));
    return rows.map(row => viewOf(row, devices.get(`${row.name}@${row.version}`) ?? 0));
  }

  /** Throws `IOT_MODEL_IN_USE`. */
  async remove(tenant: string, {name, version}: ModelRef): Promise<void> {
    const devices = await this.#devicesOf(tenant, {name, version});
    if (devices > 0)
      throw new IotctlError('IOT_MODEL_IN_USE', `${devices} devices are of model ${name}@${version}`);
    for (const table of ['models', 'model_faults'] as const)
      await this.#database
        .deleteFrom(table)
        .where('tenant', '=', tenant)
        .where('name', '=', name)
        .where('version', '=', version)
        .execute();
  }

  async addFaults(faults: readonly ModelFaults[]): Promise<void> {
    await sql`
      INSERT INTO model_faults (tenant, name, version, fault, count, last_ms)
      SELECT value ->> 'tenant', value ->> 'name', value ->> 'version', value ->> 'fault', value ->> 'count', value ->> 'lastMs'
      FROM json_each(${JSON.stringify(faults)}) WHERE true
      ON CONFLICT (tenant, name, version, fault)
      DO UPDATE SET count = count + excluded.count, last_ms = excluded.last_ms
    `.execute(this.#database);
  }

  /** The most frequent first. */
  async faultsOf(tenant: string, {name, version}: ModelRef): Promise<ModelFaults[]> {
    const rows = await this.#database
      .selectFrom('model_faults')
      .selectAll()
      .where('tenant', '=', tenant)
      .where('name', '=', name)
      .where('version', '=', version)
      .orderBy('count', 'desc')
      .limit(100)
      .execute();
    return rows.map(({last_ms: lastMs, ...row}) => ({...row, lastMs}));
  }

  async #devicesOf(tenant: string, {name, version}: ModelRef): Promise<number> {
    const {devices} = await this.#database
      .selectFrom('devices')
      .select(sql<number>`count(*)`.as('devices'))
      .where('tenant', '=', tenant)
      .where('model', '=', name)
      .where('model_version', '=', version)
      .executeTakeFirstOrThrow();
    return devices;
  }
}

const viewOf = (row: ModelRow, devices: number): Model => {
  const spec = JSON.parse(row.spec) as ModelSpec;
  return {
    name: row.name,
    version: row.version,
    description: spec.description ?? null,
    expectedIntervalMs: row.expected_interval_ms,
    createdAt: new Date(row.created_ms).toISOString(),
    createdBy: row.created_by,
    devices,
    spec,
  };
};
