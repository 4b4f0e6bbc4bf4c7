/** How long each tenant's data is kept, by class. */
import {IotctlError} from '../domain/errors.js';
import {
  DATA_CLASSES,
  type DataClass,
  mergedRetention,
  type RetentionChange,
  type RetentionPolicy,
} from '../domain/retention.js';
import type {Database} from './transact.js';

export class RetentionPolicies {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** Throws `IOT_TENANT_UNKNOWN`. */
  async get(tenant: string): Promise<RetentionPolicy> {
    const row = await this.#database
      .selectFrom('tenants')
      .select('retention')
      .where('id', '=', tenant)
      .executeTakeFirst();
    if (!row) throw new IotctlError('IOT_TENANT_UNKNOWN', `no tenant ${JSON.stringify(tenant)}`);
    return mergedRetention(undefined, withBytesMax(JSON.parse(row.retention) as Stored));
  }

  async set(tenant: string, policy: RetentionPolicy): Promise<void> {
    await this.#database
      .updateTable('tenants')
      .set({retention: JSON.stringify(policy)})
      .where('id', '=', tenant)
      .execute();
  }
}

type Stored = RetentionChange & {readonly [Class in DataClass]?: {readonly archiveBytesMax?: number | null}};

/** As long as only archives had a limit, it was called so. */
function withBytesMax(stored: Stored): RetentionChange {
  const renamed = DATA_CLASSES.flatMap(name => {
    const {archiveBytesMax, ...limits} = stored[name] ?? {};
    return archiveBytesMax === undefined ? [] : [[name, {bytesMax: archiveBytesMax, ...limits}] as const];
  });
  return {...stored, ...Object.fromEntries(renamed)};
}
