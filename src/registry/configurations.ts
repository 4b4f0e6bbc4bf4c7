/** Configurations, and the devices that each is about. What is done with them is decided elsewhere. */
import {type RawBuilder, sql} from 'kysely';
import type {ConfigurationCounts} from '../domain/configuration.js';
import {IotctlError} from '../domain/errors.js';
import type {JsonObject} from '../domain/json.js';
import {type StoredConfiguration, storedOfRow} from './configuration-row.js';
import type {ConfigurationRow, ConfigurationTargetRow} from './tables/twins.js';
import type {Database} from './transact.js';
import type {DeviceKey} from './twin-row.js';

/** SQLite takes 32,766 parameters in a statement. */
const ROWS_PER_INSERT = 500;

export type ConfigurationChange = Partial<Omit<ConfigurationRow, 'tenant' | 'name'>>;

export class Configurations {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  async find(tenant: string, name: string): Promise<ConfigurationRow | undefined> {
    return await this.#database
      .selectFrom('configurations')
      .selectAll()
      .where('tenant', '=', tenant)
      .where('name', '=', name)
      .executeTakeFirst();
  }

  /** Throws `IOT_CONFIGURATION_UNKNOWN`. */
  async get(tenant: string, name: string): Promise<ConfigurationRow> {
    const row = await this.find(tenant, name);
    if (!row)
      throw new IotctlError(
        'IOT_CONFIGURATION_UNKNOWN',
        `no configuration ${JSON.stringify(name)} in tenant ${tenant}`,
      );
    return row;
  }

  /** Ordered by name. */
  async list(tenant: string): Promise<ConfigurationRow[]> {
    return await this.#database
      .selectFrom('configurations')
      .selectAll()
      .where('tenant', '=', tenant)
      .orderBy('name')
      .execute();
  }

  /** In the order in which they are laid: each over those before it. */
  async inOrder(tenant: string): Promise<StoredConfiguration[]> {
    const rows = await this.#database
      .selectFrom('configurations')
      .selectAll()
      .where('tenant', '=', tenant)
      .orderBy('priority')
      .orderBy('created_ms')
      .orderBy('name')
      .execute();
    return rows.map(storedOfRow);
  }

  /** Those at which there is something to do, now or when devices have answered. */
  async open(): Promise<StoredConfiguration[]> {
    const rows = await this.#database
      .selectFrom('configurations')
      .selectAll()
      .where(eb =>
        eb.or([
          eb('phase', '<>', 'settled'),
          sql<boolean>`(stop_reason IS NULL AND stage < json_array_length(stages) - 1)`,
        ]),
      )
      .orderBy('changed_ms')
      .execute();
    return rows.map(storedOfRow);
  }

  async insert(row: ConfigurationRow): Promise<void> {
    await this.#database.insertInto('configurations').values(row).execute();
  }

  async update({tenant, name}: {tenant: string; name: string}, change: ConfigurationChange): Promise<void> {
    await this.#database
      .updateTable('configurations')
      .set(change)
      .where('tenant', '=', tenant)
      .where('name', '=', name)
      .execute();
  }

  async delete({tenant, name}: {tenant: string; name: string}): Promise<void> {
    await this.#database
      .deleteFrom('configurations')
      .where('tenant', '=', tenant)
      .where('name', '=', name)
      .execute();
  }

  async targetsOf(tenant: string, devices: readonly string[]): Promise<ConfigurationTargetRow[]> {
    return await this.#database
      .selectFrom('configuration_targets')
      .selectAll()
      .where('tenant', '=', tenant)
      .where('device', 'in', devices)
      .execute();
  }

  async saveTargets(rows: readonly ConfigurationTargetRow[]): Promise<void> {
    for (let from = 0; from < rows.length; from += ROWS_PER_INSERT)
      await this.#database
        .replaceInto('configuration_targets')
        .values(rows.slice(from, from + ROWS_PER_INSERT))
        .execute();
  }

  async deleteTargets(rows: readonly ConfigurationTargetRow[]): Promise<void> {
    for (const {tenant, device, configuration} of rows)
      await this.#database
        .deleteFrom('configuration_targets')
        .where('tenant', '=', tenant)
        .where('device', '=', device)
        .where('configuration', '=', configuration)
        .execute();
  }

  /** Devices that have it, or wait for it. */
  async devicesOf({tenant, name}: {tenant: string; name: string}, limit: number): Promise<string[]> {
    const rows = await this.#database
      .selectFrom('configuration_targets')
      .select('device')
      .where('tenant', '=', tenant)
      .where('configuration', '=', name)
      .limit(limit)
      .execute();
    return rows.map(({device}) => device);
  }

  /** Devices of its present stage that do not have its newest revision yet. */
  async devicesToLay(configuration: StoredConfiguration, limit: number): Promise<string[]> {
    const {tenant, name, revision, threshold, patches} = configuration;
    const earlier = [0, ...Object.keys(patches).map(Number)].filter(one => one !== revision);
    const {rows} = await sql<{device: string}>`
      SELECT device FROM configuration_targets
      WHERE tenant = ${tenant} AND configuration = ${name}
        AND laid_revision IN (SELECT value FROM json_each(${JSON.stringify(earlier)})) AND bucket <= ${threshold}
      LIMIT ${limit}
    `.execute(this.#database);
    return rows.map(({device}) => device);
  }

  /** Revisions that devices have. */
  async revisionsLaid({tenant, name}: {tenant: string; name: string}): Promise<number[]> {
    // One seek for each revision, not a walk through all devices.
    const {rows} = await sql<{revision: number | null}>`
      WITH RECURSIVE laid (revision) AS (
        SELECT min(laid_revision) FROM configuration_targets WHERE tenant = ${tenant} AND configuration = ${name}
        UNION ALL
        SELECT (SELECT min(laid_revision) FROM configuration_targets
          WHERE tenant = ${tenant} AND configuration = ${name} AND laid_revision > laid.revision)
        FROM laid WHERE laid.revision IS NOT NULL
      )
      SELECT revision FROM laid WHERE revision IS NOT NULL
    `.execute(this.#database);
    return rows.map(({revision}) => revision!);
  }

  /** The bucket of the last device of a stage: of that share of the devices, and of at least one. */
  async thresholdOf({tenant, name}: {tenant: string; name: string}, percent: number): Promise<number> {
    if (percent >= 100) return 1;
    const of = this.#database
      .selectFrom('configuration_targets')
      .where('tenant', '=', tenant)
      .where('configuration', '=', name);
    const {devices} = await of.select(sql<number>`count(*)`.as('devices')).executeTakeFirstOrThrow();
    const wanted = Math.max(1, Math.ceil((devices * percent) / 100));
    const last = await of
      .select('bucket')
      .orderBy('bucket')
      .offset(wanted - 1)
      .limit(1)
      .executeTakeFirst();
    return last?.bucket ?? 0;
  }

  /** What became of its newest revision at its devices. Of a large fleet it takes a tenth of a second. */
  async counts(of: Revision): Promise<ConfigurationCounts> {
    const targeted = await this.#count(isOf(of));
    const {laid, rejected} = await this.rejections(of);
    const pending = await this.#pending(of, laid);
    return {targeted, applied: laid - pending - rejected, pending, rejected, waiting: targeted - laid};
  }

  /** How many devices have the newest revision, or would, and how many of them reject it. */
  async rejections(of: Revision): Promise<{laid: number; rejected: number}> {
    const laid = await this.#count(isLaid(of));
    const faults = await this.#count(sql`${isLaid(of)} AND fault IS NOT NULL`);
    // Few twins are: those are walked, not the devices of the configuration.
    const {rows} = await sql<{devices: number}>`
      SELECT count(*) AS devices FROM twins CROSS JOIN configuration_targets AS target
        ON target.tenant = twins.tenant AND target.device = twins.device AND ${isLaid(of)} AND fault IS NULL
      WHERE twins.tenant = ${of.tenant} AND twins.state = 'rejected'
    `.execute(this.#database);
    return {laid, rejected: faults + rows[0]!.devices};
  }

  /** Is there a device that has the newest revision and did not answer yet? */
  async hasPending(of: Revision): Promise<boolean> {
    const {rows} = await sql`
      SELECT 1 FROM configuration_targets AS target CROSS JOIN twins
        ON twins.tenant = target.tenant AND twins.device = target.device AND twins.state = 'pending'
      WHERE ${isLaid(of)} AND fault IS NULL LIMIT 1
    `.execute(this.#database);
    return rows.length > 0;
  }

  /** From the side where there are fewer. */
  async #pending(of: Revision, laid: number): Promise<number> {
    const {rows: all} = await sql<{twins: number}>`
      SELECT count(*) AS twins FROM twins WHERE tenant = ${of.tenant} AND state = 'pending'
    `.execute(this.#database);
    const sides =
      all[0]!.twins < laid
        ? sql`twins CROSS JOIN configuration_targets AS target`
        : sql`configuration_targets AS target CROSS JOIN twins`;
    const {rows} = await sql<{devices: number}>`
      SELECT count(*) AS devices FROM ${sides}
        ON twins.tenant = target.tenant AND twins.device = target.device
      WHERE ${isLaid(of)} AND fault IS NULL AND twins.tenant = ${of.tenant} AND twins.state = 'pending'
    `.execute(this.#database);
    return rows[0]!.devices;
  }

  async #count(condition: RawBuilder<unknown>): Promise<number> {
    const {rows} = await sql<{devices: number}>`
      SELECT count(*) AS devices FROM configuration_targets AS target WHERE ${condition}
    `.execute(this.#database);
    return rows[0]!.devices;
  }

  /** Patches of the configurations that are laid on each device, in their order. */
  async layersOf(tenant: string, devices: readonly string[]): Promise<Map<string, JsonObject[]>> {
    const {rows} = await sql<{device: string; patch: string}>`
      SELECT device, json_extract(patches, '$."' || laid_revision || '"') AS patch
      FROM configuration_targets AS target
      JOIN configurations ON configurations.tenant = target.tenant AND configurations.name = target.configuration
      WHERE target.tenant = ${tenant} AND target.device IN (SELECT value FROM json_each(${JSON.stringify(devices)}))
        AND laid_revision > 0 AND fault IS NULL
      ORDER BY priority, created_ms, name
    `.execute(this.#database);
    const layers = new Map<string, JsonObject[]>();
    for (const {device, patch} of rows) {
      const below = layers.get(device);
      const layer = JSON.parse(patch) as JsonObject;
      if (below) below.push(layer);
      else layers.set(device, [layer]);
    }
    return layers;
  }

  /** Devices that are new or others now. */
  async dirty(limit: number): Promise<DeviceKey[]> {
    return await this.#database.selectFrom('configuration_dirty').selectAll().limit(limit).execute();
  }

  async clean(devices: readonly DeviceKey[]): Promise<void> {
    await sql`
      DELETE FROM configuration_dirty WHERE (tenant, device) IN
        (SELECT value ->> 'tenant', value ->> 'device' FROM json_each(${JSON.stringify(devices)}))
    `.execute(this.#database);
  }
}

type Revision = Pick<ConfigurationRow, 'tenant' | 'name' | 'revision'>;

const isOf = ({tenant, name}: Revision) => sql`target.tenant = ${tenant} AND target.configuration = ${name}`;

const isLaid = (of: Revision) => sql`${isOf(of)} AND target.laid_revision = ${of.revision}`;
