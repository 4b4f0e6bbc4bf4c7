/** Who has which role, and where. */
import type {Grant} from '../domain/access.js';
import {IotctlError} from '../domain/errors.js';
import type {Role} from '../domain/permission.js';
import {parseSelector} from '../domain/selector.js';
import type {Binding, Subject} from '../domain/user.js';
import {uuidV7} from '../domain/uuid.js';
import type {BindingRow} from './tables/tenants.js';
import type {Database} from './transact.js';

export interface NewBinding extends Grant {
  readonly subject: Subject;
}

export class Bindings {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** Giving the same twice changes nothing. Throws `IOT_USAGE` for a selector that is not one. */
  async add(
    tenant: string,
    {subject, role, selector}: NewBinding,
    by: {readonly createdBy: string; readonly nowMs: number},
  ): Promise<Binding> {
    if (selector !== null) parseSelector(selector);
    const row: BindingRow = {
      id: uuidV7(by.nowMs),
      tenant,
      subject,
      role,
      selector,
      created_ms: by.nowMs,
      created_by: by.createdBy,
    };
    await this.#database
      .insertInto('bindings')
      .values(row)
      .onConflict(conflict => conflict.doNothing())
      .execute();
    const present = (await this.#rowsOf(tenant, subject)).find(
      other => other.role === role && other.selector === selector,
    );
    return viewOf(present!);
  }

  async list(tenant: string, subject?: Subject): Promise<Binding[]> {
    return (await this.#rowsOf(tenant, subject)).map(viewOf);
  }

  async grantsOf(tenant: string, subject: Subject): Promise<Grant[]> {
    return (await this.#rowsOf(tenant, subject)).map(({role, selector}) => ({role, selector}));
  }

  /** Throws `IOT_BINDING_UNKNOWN`. */
  async get(tenant: string, id: string): Promise<Binding> {
    const row = await this.#database
      .selectFrom('bindings')
      .selectAll()
      .where('id', '=', id)
      .where('tenant', '=', tenant)
      .executeTakeFirst();
    if (!row) throw new IotctlError('IOT_BINDING_UNKNOWN', `no binding ${JSON.stringify(id)}`);
    return viewOf(row);
  }

  /** Throws `IOT_BINDING_UNKNOWN`, or `IOT_LAST_ADMIN` where nobody would be left to give roles. */
  async remove(tenant: string, id: string): Promise<Binding> {
    const binding = await this.get(tenant, id);
    await this.refuseLast(tenant, binding.role as Role, binding.subject);
    await this.#database.deleteFrom('bindings').where('id', '=', id).execute();
    return binding;
  }

  /** Everything that a subject has, because it goes. */
  async removeAll(tenant: string, subject: Subject): Promise<void> {
    await this.#database
      .deleteFrom('bindings')
      .where('tenant', '=', tenant)
      .where('subject', '=', subject)
      .execute();
  }

  /** Throws `IOT_LAST_ADMIN` when this subject is the last one that has the role of an administrator everywhere. */
  async refuseLast(tenant: string, role: Role, subject: Subject): Promise<void> {
    if (role !== 'tenant-admin' && role !== 'platform-admin') return;
    let others = this.#database
      .selectFrom('bindings')
      .select(({fn}) => fn.countAll<number>().as('count'))
      .where('role', '=', role)
      .where('selector', 'is', null)
      .where(eb => eb.not(eb.and([eb('tenant', '=', tenant), eb('subject', '=', subject)])));
    // The platform's administrators may be of any tenant.
    if (role === 'tenant-admin') others = others.where('tenant', '=', tenant);
    const {count} = await others.executeTakeFirstOrThrow();
    if (count === 0)
      throw new IotctlError('IOT_LAST_ADMIN', `${subject} is the last one with the role ${role}`);
  }

  async #rowsOf(tenant: string, subject?: Subject): Promise<BindingRow[]> {
    let rows = this.#database.selectFrom('bindings').selectAll().where('tenant', '=', tenant).orderBy('id');
    if (subject !== undefined) rows = rows.where('subject', '=', subject);
    return await rows.execute();
  }
}

const viewOf = (row: BindingRow): Binding => ({
  id: row.id,
  subject: row.subject,
  role: row.role,
  selector: row.selector,
  createdAt: new Date(row.created_ms).toISOString(),
  createdBy: row.created_by,
});
