/** How long each tenant's data is kept, by class. */
import {IotctlError} from '../domain/errors.js';
import {mergedRetention, type RetentionChange, type RetentionPolicy} from '../domain/retention.js';
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
    return mergedRetention(undefined, JSON.parse(row.retention) as RetentionChange);
  }

  async set(tenant: string, policy: RetentionPolicy): Promise<void> {
    await this.#database
      .updateTable('tenants')
      .set({retention: JSON.stringify(policy)})
      .where('id', '=', tenant)
      .execute();
  }
}
