/** Enrolment groups in the registry. Their keys are among those of groups, sealed; nothing here gives one out twice. */
import {randomBytes} from 'node:crypto';
import {sql} from 'kysely';
import {KEY_BYTES} from '../domain/device-token.js';
import type {
  EnrolmentApproval,
  EnrolmentGroup,
  EnrolmentKind,
  ReprovisionPolicy,
} from '../domain/enrolment.js';
import {IotctlError} from '../domain/errors.js';
import {isName} from '../domain/ids.js';
import type {By} from './credentials.js';
import {GroupKeys} from './group-keys.js';
import type {EnrolmentGroupRow} from './tables/enrolment.js';
import type {Database} from './transact.js';
import type {Vault} from './vault.js';

export interface WantedGroup {
  readonly name: string;
  readonly kind: EnrolmentKind;
  readonly authority: string | null;
  readonly model: string | null;
  readonly modelRef: string | null;
  readonly labels: Readonly<Record<string, string>>;
  readonly approval: EnrolmentApproval;
  readonly webhook: string | null;
  readonly allowPrivate: boolean;
  readonly reprovision: ReprovisionPolicy;
}

/** `key` and `webhookKey` (base64) are in this answer only. */
export interface CreatedGroup {
  readonly group: EnrolmentGroup;
  readonly key?: string | undefined;
  readonly webhookKey?: string | undefined;
}

export class EnrolmentGroups {
  readonly #database: Database;
  readonly #vault: Vault;

  constructor(database: Database, vault: Vault) {
    this.#database = database;
    this.#vault = vault;
  }

  /** Throws `IOT_CONFLICT` for a name that is taken. */
  async create(tenant: string, wanted: WantedGroup, by: By): Promise<CreatedGroup> {
    const {name} = wanted;
    if (!isName(name))
      throw new IotctlError(
        'IOT_REQUEST_INVALID',
        `not a name for a group: ${JSON.stringify(name.slice(0, 80))}`,
      );
    if (await this.find(tenant, name))
      throw new IotctlError('IOT_CONFLICT', `enrolment group ${name} exists`);
    const key =
      wanted.kind === 'key'
        ? (await new GroupKeys(this.#database, this.#vault).create(tenant, name, by, 'enrolment')).key
        : undefined;
    const webhookKey = wanted.webhook === null ? undefined : randomBytes(KEY_BYTES).toString('base64');
    const row: EnrolmentGroupRow = {
      tenant,
      name,
      kind: wanted.kind,
      authority: wanted.authority,
      model: wanted.model,
      model_ref: wanted.modelRef,
      labels: JSON.stringify(wanted.labels),
      approval: wanted.approval,
      webhook: wanted.webhook,
      sealed_webhook_key:
        webhookKey === undefined ? null : this.#vault.seal(webhookKey, purposeOf(tenant, name)),
      allow_private: wanted.allowPrivate ? 1 : 0,
      reprovision: wanted.reprovision,
      state: 'enabled',
      created_ms: by.nowMs,
      created_by: by.createdBy,
    };
    await this.#database.insertInto('enrolment_groups').values(row).execute();
    return {group: viewOf({...row, registered: 0, waiting: 0}), key, webhookKey};
  }

  async find(tenant: string, name: string): Promise<EnrolmentGroupRow | undefined> {
    return await this.#database
      .selectFrom('enrolment_groups')
      .selectAll()
      .where('tenant', '=', tenant)
      .where('name', '=', name)
      .executeTakeFirst();
  }

  /** Those of an authority, of whatever tenant. */
  async ofAuthority(authority: string): Promise<EnrolmentGroupRow[]> {
    return await this.#database
      .selectFrom('enrolment_groups')
      .selectAll()
      .where('authority', '=', authority)
      .execute();
  }

  /** Throws `IOT_ENROLMENT_UNKNOWN`. */
  async get(tenant: string, name: string): Promise<EnrolmentGroup> {
    const group = (await this.list(tenant)).find(candidate => candidate.name === name);
    if (!group)
      throw new IotctlError(
        'IOT_ENROLMENT_UNKNOWN',
        `no enrolment group ${JSON.stringify(name.slice(0, 80))}`,
      );
    return group;
  }

  /** Ordered by name. */
  async list(tenant: string): Promise<EnrolmentGroup[]> {
    const rows = await this.#database
      .selectFrom('enrolment_groups as g')
      .selectAll()
      .select([countOf('registered').as('registered'), countOf('waiting').as('waiting')])
      .where('tenant', '=', tenant)
      .orderBy('name')
      .execute();
    return rows.map(viewOf);
  }

  async setState(tenant: string, name: string, state: EnrolmentGroup['state']): Promise<void> {
    await this.#database
      .updateTable('enrolment_groups')
      .set({state})
      .where('tenant', '=', tenant)
      .where('name', '=', name)
      .execute();
  }

  /** With its key and what came through it; its devices stay. */
  async remove(tenant: string, name: string): Promise<void> {
    for (const [table, column] of [
      ['enrolment_groups', 'name'],
      ['registrations', 'group_name'],
      ['group_keys', 'name'],
    ] as const)
      await sql`DELETE FROM ${sql.table(table)} WHERE tenant = ${tenant} AND ${sql.ref(column)} = ${name}`.execute(
        this.#database,
      );
  }

  /** From which the keys of its devices are derived; undefined where it has none. */
  async keyOf(tenant: string, name: string): Promise<Buffer | undefined> {
    return await new GroupKeys(this.#database, this.#vault).openOne(tenant, name, 'enrolment');
  }

  /** What its webhook is signed with. */
  webhookKeyOf({tenant, name, sealed_webhook_key: sealed}: EnrolmentGroupRow): string {
    if (sealed === null) throw new Error(`enrolment group ${name} has no webhook`);
    return this.#vault.open(sealed, purposeOf(tenant, name)).toString('utf8');
  }
}

const countOf = (state: string) =>
  sql<number>`(SELECT count(*) FROM registrations AS r WHERE r.tenant = g.tenant AND r.group_name = g.name AND r.state = ${state})`;

const viewOf = (row: EnrolmentGroupRow & {registered: number; waiting: number}): EnrolmentGroup => ({
  name: row.name,
  kind: row.kind,
  authority: row.authority,
  model: row.model_ref,
  labels: JSON.parse(row.labels) as Record<string, string>,
  approval: row.approval,
  webhook: row.webhook,
  allowPrivate: row.allow_private === 1,
  reprovision: row.reprovision,
  state: row.state,
  createdAt: new Date(row.created_ms).toISOString(),
  createdBy: row.created_by,
  registered: row.registered,
  waiting: row.waiting,
});

const purposeOf = (tenant: string, name: string): string => `webhook of enrolment group ${tenant}/${name}`;
