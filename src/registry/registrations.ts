/** What came through enrolment groups: who waits, who was let in, who never is. */
import type {EnrolmentRequest, EnrolmentRequestState} from '../domain/enrolment.js';
import {IotctlError} from '../domain/errors.js';
import {uuidV7} from '../domain/uuid.js';
import type {RegistrationRow} from './tables/enrolment.js';
import type {Database} from './transact.js';

export interface RegistrationId {
  readonly tenant: string;
  readonly group: string;
  readonly registrationId: string;
}

export type RegistrationColumns = Partial<
  Omit<RegistrationRow, 'tenant' | 'group_name' | 'registration_id' | 'operation'>
>;

export interface RequestPage {
  readonly items: EnrolmentRequest[];
  readonly nextCursor: string | null;
}

export class Registrations {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  async find({tenant, group, registrationId}: RegistrationId): Promise<RegistrationRow | undefined> {
    return await this.#database
      .selectFrom('registrations')
      .selectAll()
      .where('tenant', '=', tenant)
      .where('registration_id', '=', registrationId)
      .where('group_name', '=', group)
      .executeTakeFirst();
  }

  /** Of any tenant: an operation names one. */
  async byOperation(operation: string): Promise<RegistrationRow | undefined> {
    return await this.#database
      .selectFrom('registrations')
      .selectAll()
      .where('operation', '=', operation)
      .executeTakeFirst();
  }

  /** Throws `IOT_ENROLMENT_UNKNOWN`. */
  async get(id: RegistrationId): Promise<RegistrationRow> {
    const row = await this.find(id);
    if (row) return row;
    const what = `${id.registrationId.slice(0, 128)} in group ${id.group.slice(0, 80)}`;
    throw new IotctlError('IOT_ENROLMENT_UNKNOWN', `no request of ${JSON.stringify(what)}`);
  }

  /** Whoever was denied in one group comes in through no other. */
  async isDenied(tenant: string, registrationId: string): Promise<boolean> {
    const row = await this.#database
      .selectFrom('registrations')
      .select('operation')
      .where('tenant', '=', tenant)
      .where('registration_id', '=', registrationId)
      .where('state', '=', 'denied')
      .executeTakeFirst();
    return row !== undefined;
  }

  async countWaiting(tenant: string, group: string): Promise<number> {
    const {count} = await this.#database
      .selectFrom('registrations')
      .select(({fn}) => fn.countAll<number>().as('count'))
      .where('tenant', '=', tenant)
      .where('group_name', '=', group)
      .where('state', '=', 'waiting')
      .executeTakeFirstOrThrow();
    return count;
  }

  /** Writes it, or what changes of it. */
  async put(
    {tenant, group, registrationId}: RegistrationId,
    columns: RegistrationColumns & {state: EnrolmentRequestState},
    nowMs: number,
  ): Promise<RegistrationRow> {
    return await this.#database
      .insertInto('registrations')
      .values({
        tenant,
        group_name: group,
        registration_id: registrationId,
        operation: uuidV7(nowMs),
        request: null,
        requested_ms: null,
        requested_from: null,
        decided_by: null,
        reason: null,
        generation: null,
        credential: null,
        registered_ms: null,
        ...columns,
      })
      .onConflict(conflict =>
        conflict.columns(['tenant', 'registration_id', 'group_name']).doUpdateSet(columns),
      )
      .returningAll()
      .executeTakeFirstOrThrow();
  }

  /** Ordered by registration id; `cursor` is the last one of the page before, with its group. */
  async list(
    tenant: string,
    {
      limit,
      cursor,
      group,
      state,
    }: {
      limit: number;
      cursor?: string | undefined;
      group?: string | undefined;
      state?: EnrolmentRequestState | undefined;
    },
  ): Promise<RequestPage> {
    let query = this.#database
      .selectFrom('registrations')
      .selectAll()
      .where('tenant', '=', tenant)
      .orderBy('registration_id')
      .orderBy('group_name')
      .limit(limit + 1);
    if (group !== undefined) query = query.where('group_name', '=', group);
    if (state !== undefined) query = query.where('state', '=', state);
    if (cursor !== undefined) {
      const [id = '', after = ''] = cursor.split('/');
      query = query.where(eb =>
        eb.or([
          eb('registration_id', '>', id),
          eb.and([eb('registration_id', '=', id), eb('group_name', '>', after)]),
        ]),
      );
    }
    const rows = await query.execute();
    const last = rows.length > limit ? rows[limit - 1] : undefined;
    return {
      items: rows.slice(0, limit).map(requestOf),
      nextCursor: last ? `${last.registration_id}/${last.group_name}` : null,
    };
  }
}

export const requestOf = (row: RegistrationRow): EnrolmentRequest => ({
  group: row.group_name,
  registrationId: row.registration_id,
  state: row.state,
  requestedAt: timeOf(row.requested_ms),
  requestedFrom: row.requested_from,
  decidedBy: row.decided_by,
  reason: row.reason,
  registeredAt: timeOf(row.registered_ms),
});

const timeOf = (ms: number | null): string | null => (ms === null ? null : new Date(ms).toISOString());
