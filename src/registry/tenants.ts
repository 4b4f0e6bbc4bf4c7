/** Tenants: their states, and how much of the platform each may use. */
import {IotctlError} from '../domain/errors.js';
import type {TenantFacts} from '../domain/identity.js';
import {isTenantId} from '../domain/ids.js';
import {
  DEFAULT_POLICY,
  NO_QUOTAS,
  PLATFORM,
  type QuotaChange,
  type QuotaName,
  type Quotas,
  type Tenant,
  type TenantPolicy,
  type TenantState,
} from '../domain/tenant.js';
import type {TenantRow} from './tables/tenants.js';
import {type Database, transact} from './transact.js';

/** The platform's own name, and those that DuckDB keeps for itself. */
const RESERVED: readonly string[] = [PLATFORM, 'system', 'temp', 'main', 'internal', 'pg-catalog'];

/** Tables of what belongs to a tenant, in an order in which rows can go. */
const OWNED = [
  'cursors',
  'dead_letters',
  'consumers',
  'uploads',
  'files',
  'commands',
  'claims',
  'registrations',
  'enrolment_groups',
  'devices',
  'configurations',
  'configuration_dirty',
  'models',
  'model_faults',
  'tokens',
  'bindings',
  'users',
  'group_keys',
  'authorities',
  'bans',
] as const;

export class Tenants {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** Throws `IOT_TENANT_ID_INVALID`, or `IOT_TENANT_EXISTS`: a deleted tenant's id is never given again. */
  async create(id: string, quotas: QuotaChange, nowMs: number): Promise<Tenant> {
    if (!isTenantId(id) || RESERVED.includes(id))
      throw new IotctlError('IOT_TENANT_ID_INVALID', `not a tenant id: ${JSON.stringify(id.slice(0, 80))}`);
    const row: TenantRow = {
      id,
      state: 'active',
      reason: null,
      quotas: JSON.stringify(quotas),
      policy: '{}',
      retention: '{}',
      created_ms: nowMs,
      changed_ms: nowMs,
    };
    const made = await this.#database
      .insertInto('tenants')
      .values(row)
      .onConflict(conflict => conflict.doNothing())
      .executeTakeFirst();
    if (made.numInsertedOrUpdatedRows === 0n)
      throw new IotctlError('IOT_TENANT_EXISTS', `tenant ${id} exists`);
    return viewOf(row);
  }

  /** Throws `IOT_TENANT_UNKNOWN`. */
  async get(id: string): Promise<Tenant> {
    const row = await this.#find(id);
    if (!row || row.state === 'deleted')
      throw new IotctlError('IOT_TENANT_UNKNOWN', `no tenant ${JSON.stringify(id)}`);
    return viewOf(row);
  }

  /** Ordered by id, without the deleted ones. */
  async list(): Promise<Tenant[]> {
    const rows = await this.#database
      .selectFrom('tenants')
      .selectAll()
      .where('state', '!=', 'deleted')
      .orderBy('id')
      .execute();
    return rows.map(viewOf);
  }

  /** Ids that were used once: whatever still speaks of them is not taken up again. */
  async deleted(): Promise<string[]> {
    const rows = await this.#database
      .selectFrom('tenants')
      .select('id')
      .where('state', '=', 'deleted')
      .execute();
    return rows.map(({id}) => id);
  }

  /** What the gateway has to know; undefined for one that never was. */
  async facts(id: string): Promise<TenantFacts | undefined> {
    const row = await this.#find(id);
    return row && {state: row.state, quotas: quotasOf(row)};
  }

  async suspend(id: string, reason: string, nowMs: number): Promise<Tenant> {
    return await this.#setState(id, 'suspended', reason, nowMs);
  }

  async resume(id: string, nowMs: number): Promise<Tenant> {
    return await this.#setState(id, 'active', null, nowMs);
  }

  /** Throws `IOT_TENANT_UNKNOWN`. */
  async policy(id: string): Promise<TenantPolicy> {
    const row = await this.#find(id);
    if (!row) throw new IotctlError('IOT_TENANT_UNKNOWN', `no tenant ${JSON.stringify(id)}`);
    return {...DEFAULT_POLICY, ...(JSON.parse(row.policy) as Partial<TenantPolicy>)};
  }

  async setPolicy(id: string, change: Partial<TenantPolicy>): Promise<TenantPolicy> {
    const policy = {...(await this.policy(id)), ...change};
    await this.#database
      .updateTable('tenants')
      .set({policy: JSON.stringify(policy)})
      .where('id', '=', id)
      .execute();
    return policy;
  }

  /** Changes the quotas that are named; null takes one away. */
  async setQuotas(id: string, quotas: QuotaChange, nowMs: number): Promise<Tenant> {
    const before = await this.get(id);
    const after = {...before.quotas, ...quotas};
    await this.#database
      .updateTable('tenants')
      .set({quotas: JSON.stringify(after), changed_ms: nowMs})
      .where('id', '=', id)
      .execute();
    return await this.get(id);
  }

  /** Everything of it in the registry goes; its id stays taken. Throws `IOT_CONFLICT` unless suspended or forced. */
  async remove(id: string, {force}: {force: boolean}, nowMs: number): Promise<void> {
    const {state} = await this.get(id);
    if (state !== 'suspended' && !force)
      throw new IotctlError('IOT_CONFLICT', `tenant ${id} is ${state}: suspend it first`);
    await transact(this.#database, async database => {
      for (const table of OWNED) await database.deleteFrom(table).where('tenant', '=', id).execute();
      await database
        .updateTable('tenants')
        .set({state: 'deleted', changed_ms: nowMs})
        .where('id', '=', id)
        .execute();
    });
  }

  /** Throws `IOT_QUOTA_EXCEEDED` when so many more would be too many. */
  async checkQuota(id: string, name: 'devices' | 'users', more: number): Promise<void> {
    const {room, error} = await this.room(id, name);
    if (more > room) throw error();
  }

  /** How many more there may be, and what to say where there is no room. */
  async room(id: string, name: 'devices' | 'users'): Promise<{room: number; error: () => IotctlError}> {
    const limit = (await this.facts(id))?.quotas[name] ?? null;
    const used = limit === null ? 0 : await this.count(id, name);
    return {
      room: (limit ?? Number.POSITIVE_INFINITY) - used,
      error: () =>
        new IotctlError('IOT_QUOTA_EXCEEDED', `tenant ${id} may have ${limit} ${name}, and has ${used}`),
    };
  }

  async count(id: string, table: 'devices' | 'users'): Promise<number> {
    const {count} = await this.#database
      .selectFrom(table)
      .select(({fn}) => fn.countAll<number>().as('count'))
      .where('tenant', '=', id)
      .executeTakeFirstOrThrow();
    return count;
  }

  async #setState(id: string, state: TenantState, reason: string | null, nowMs: number): Promise<Tenant> {
    await this.get(id);
    await this.#database
      .updateTable('tenants')
      .set({state, reason, changed_ms: nowMs})
      .where('id', '=', id)
      .execute();
    return await this.get(id);
  }

  async #find(id: string): Promise<TenantRow | undefined> {
    return await this.#database.selectFrom('tenants').selectAll().where('id', '=', id).executeTakeFirst();
  }
}

const quotasOf = ({quotas}: TenantRow): Quotas => ({
  ...NO_QUOTAS,
  ...(JSON.parse(quotas) as Partial<Record<QuotaName, number | null>>),
});

const viewOf = (row: TenantRow): Tenant => ({
  id: row.id,
  state: row.state,
  reason: row.reason,
  quotas: quotasOf(row),
  createdAt: new Date(row.created_ms).toISOString(),
  changedAt: new Date(row.changed_ms).toISOString(),
});
