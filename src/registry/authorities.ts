/** Whose certificates a tenant's devices may have: the platform's own for that tenant, and those of customers. */
import {IotctlError} from '../domain/errors.js';
import {uuidV7} from '../domain/uuid.js';
import type {By} from './credentials.js';
import type {AuthorityRow} from './tables/credentials.js';
import type {Database} from './transact.js';
import type {Vault} from './vault.js';

export interface Revoked {
  readonly serialHex: string;
  readonly revokedMs: number;
}

export class Authorities {
  readonly #database: Database;
  readonly #vault: Vault;

  constructor(database: Database, vault: Vault) {
    this.#database = database;
    this.#vault = vault;
  }

  async add(
    tenant: string,
    {
      kind,
      certificatePem,
      keyPem,
      code,
    }: {kind: AuthorityRow['kind']; certificatePem: string; keyPem?: string; code?: string},
    {createdBy, nowMs}: By,
  ): Promise<AuthorityRow> {
    const id = uuidV7(nowMs);
    const row: AuthorityRow = {
      id,
      tenant,
      kind,
      state: code === undefined ? 'active' : 'pending',
      certificate: certificatePem,
      sealed_key: keyPem === undefined ? null : this.#vault.seal(keyPem, purposeOf(id)),
      code: code ?? null,
      purpose: 'login',
      list_number: 0,
      created_ms: nowMs,
      created_by: createdBy,
    };
    await this.#database.insertInto('authorities').values(row).execute();
    return row;
  }

  async list(tenant: string): Promise<AuthorityRow[]> {
    return await this.#database
      .selectFrom('authorities')
      .selectAll()
      .where('tenant', '=', tenant)
      .orderBy('id')
      .execute();
  }

  /** Of every tenant: a certificate says by whom it was signed, not for whom. */
  async active(): Promise<AuthorityRow[]> {
    return await this.#database.selectFrom('authorities').selectAll().where('state', '=', 'active').execute();
  }

  /** Throws `IOT_CERTIFICATE_UNKNOWN`. */
  async get(tenant: string, id: string): Promise<AuthorityRow> {
    const row = (await this.list(tenant)).find(candidate => candidate.id === id);
    if (!row)
      throw new IotctlError('IOT_CERTIFICATE_UNKNOWN', `no authority ${JSON.stringify(id.slice(0, 80))}`);
    return row;
  }

  async findIssuing(tenant: string): Promise<AuthorityRow | undefined> {
    return (await this.list(tenant)).findLast(({kind}) => kind === 'issuing');
  }

  /** The key of one that the platform issues with, in PEM. */
  keyOf({id, sealed_key: sealed}: AuthorityRow): string {
    if (sealed === null) throw new Error(`authority ${id} has no key here`);
    return this.#vault.open(sealed, purposeOf(id)).toString('utf8');
  }

  async activate(id: string): Promise<void> {
    await this.#database
      .updateTable('authorities')
      .set({state: 'active', code: null})
      .where('id', '=', id)
      .execute();
  }

  /** From now on what it signs lets devices enrol, and not log in. */
  async useForEnrolment(id: string): Promise<void> {
    await this.#database
      .updateTable('authorities')
      .set({purpose: 'enrolment'})
      .where('id', '=', id)
      .execute();
  }

  async remove(id: string): Promise<void> {
    await this.#database.deleteFrom('authorities').where('id', '=', id).execute();
  }

  async revoke(
    authority: string,
    serialHex: string,
    {nowMs, expiresMs}: {nowMs: number; expiresMs: number},
  ): Promise<void> {
    await this.#database
      .insertInto('revocations')
      .values({authority, serial: serialHex, revoked_ms: nowMs, expires_ms: expiresMs})
      .onConflict(conflict => conflict.doNothing())
      .execute();
  }

  /** Those that a list still has to name. */
  async revoked(authority: string, nowMs: number): Promise<Revoked[]> {
    const rows = await this.#database
      .selectFrom('revocations')
      .selectAll()
      .where('authority', '=', authority)
      .where('expires_ms', '>', nowMs)
      .orderBy('revoked_ms')
      .execute();
    return rows.map(({serial: serialHex, revoked_ms: revokedMs}) => ({serialHex, revokedMs}));
  }

  async isRevoked(authority: string, serialHex: string): Promise<boolean> {
    const row = await this.#database
      .selectFrom('revocations')
      .select('serial')
      .where('authority', '=', authority)
      .where('serial', '=', serialHex)
      .executeTakeFirst();
    return row !== undefined;
  }

  /** Numbers of an authority's lists only grow (RFC 5280, 5.2.3). */
  async nextListNumber(id: string): Promise<number> {
    const {list_number: number} = await this.#database
      .updateTable('authorities')
      .set(eb => ({list_number: eb('list_number', '+', 1)}))
      .where('id', '=', id)
      .returning('list_number')
      .executeTakeFirstOrThrow();
    return number;
  }
}

const purposeOf = (id: string): string => `authority ${id}`;
