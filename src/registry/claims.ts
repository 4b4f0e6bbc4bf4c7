/** Claims in the registry. A code is kept as its HMAC only, under a key that lies beside the database. */
import {timingSafeEqual} from 'node:crypto';
import type {DeviceScope} from '../domain/access.js';
import type {Claim, ClaimState} from '../domain/claim.js';
import {newClaimCode, parseClaimCode} from '../domain/claim-code.js';
import {IotctlError} from '../domain/errors.js';
import {uuidV7} from '../domain/uuid.js';
import {claimsIn} from './claim-scope.js';
import type {By} from './credentials.js';
import type {ClaimRow} from './tables/enrolment.js';
import type {Database} from './transact.js';
import type {Vault} from './vault.js';

/** What a claim is bound to. */
export interface WantedClaim {
  readonly device: string | null;
  /** Of the device, where it is there already. */
  readonly generation: string | null;
  readonly model: string | null;
  readonly modelRef: string | null;
  readonly labels: Readonly<Record<string, string>>;
  readonly serial: string | null;
  readonly approval: boolean;
  readonly expiresMs: number;
}

export interface ClaimPage {
  readonly items: Claim[];
  readonly nextCursor: string | null;
}

/** What changes of a claim while it is used. */
export type ClaimColumns = Partial<
  Pick<
    ClaimRow,
    'device' | 'redeemer' | 'request' | 'credential' | 'decided_by' | 'presented_from' | 'redeemed_ms'
  >
>;

const LOOKUP_CHARACTERS = 16;

/** States in which a claim waits for something. */
export const WAITING: readonly ClaimState[] = ['open', 'pending'];

export class Claims {
  readonly #database: Database;
  readonly #vault: Vault;

  constructor(database: Database, vault: Vault) {
    this.#database = database;
    this.#vault = vault;
  }

  /** `code` is in this answer only. */
  async create(
    tenant: string,
    wanted: WantedClaim,
    {createdBy, nowMs}: By,
  ): Promise<{claim: Claim; code: string}> {
    const code = newClaimCode();
    const proof = this.#proofOf(code).toString('hex');
    const row: ClaimRow = {
      tenant,
      id: uuidV7(nowMs),
      lookup: proof.slice(0, LOOKUP_CHARACTERS),
      proof,
      state: 'open',
      device: wanted.device,
      generation: wanted.generation,
      model: wanted.model,
      model_ref: wanted.modelRef,
      labels: JSON.stringify(wanted.labels),
      serial: wanted.serial,
      approval: wanted.approval ? 1 : 0,
      redeemer: null,
      request: null,
      credential: null,
      created_ms: nowMs,
      created_by: createdBy,
      expires_ms: wanted.expiresMs,
      decided_by: null,
      presented_from: null,
      redeemed_ms: null,
    };
    await this.#database.insertInto('claims').values(row).execute();
    return {claim: viewOf(row, nowMs), code};
  }

  /** Whose code is this? Of any tenant: the code alone says whose it is. Throws `IOT_CLAIM_CODE_INVALID`. */
  async find(code: string): Promise<ClaimRow | undefined> {
    const proof = this.#proofOf(code);
    const rows = await this.#database
      .selectFrom('claims')
      .selectAll()
      .where('lookup', '=', proof.toString('hex').slice(0, LOOKUP_CHARACTERS))
      .execute();
    return rows.find(row => timingSafeEqual(Buffer.from(row.proof, 'hex'), proof));
  }

  /** Of any tenant: an id names one claim. */
  async byId(id: string): Promise<ClaimRow | undefined> {
    const row = await this.#database
      .selectFrom('claims')
      .select('tenant')
      .where('id', '=', id)
      .executeTakeFirst();
    return row && (await this.row(row.tenant, id));
  }

  /** Throws `IOT_CLAIM_UNKNOWN`. */
  async row(tenant: string, id: string): Promise<ClaimRow> {
    const row = await this.#database
      .selectFrom('claims')
      .selectAll()
      .where('tenant', '=', tenant)
      .where('id', '=', id)
      .executeTakeFirst();
    if (!row)
      throw new IotctlError(
        'IOT_CLAIM_UNKNOWN',
        `no claim ${JSON.stringify(id.slice(0, 80))} in this tenant`,
      );
    return row;
  }

  /** Throws `IOT_CLAIM_UNKNOWN`. */
  async get(tenant: string, id: string, nowMs: number): Promise<Claim> {
    return viewOf(await this.row(tenant, id), nowMs);
  }

  /** The newest first; `cursor` is the last id of the page before. */
  async list(
    tenant: string,
    {limit, cursor, scope}: {limit: number; cursor?: string | undefined; scope: DeviceScope},
    nowMs: number,
  ): Promise<ClaimPage> {
    let query = this.#database
      .selectFrom('claims')
      .selectAll()
      .where('tenant', '=', tenant)
      .where(claimsIn(scope))
      .orderBy('id', 'desc')
      .limit(limit + 1);
    if (cursor !== undefined) query = query.where('id', '<', cursor);
    const rows = await query.execute();
    const items = rows.slice(0, limit).map(row => viewOf(row, nowMs));
    return {items, nextCursor: rows.length > limit ? items.at(-1)!.id : null};
  }

  /** Compare and set: false where it is in another state by now. */
  async move(
    {tenant, id}: {tenant: string; id: string},
    from: ClaimState,
    to: ClaimState,
    columns: ClaimColumns = {},
  ): Promise<boolean> {
    const {numUpdatedRows} = await this.#database
      .updateTable('claims')
      .set({...columns, state: to})
      .where('tenant', '=', tenant)
      .where('id', '=', id)
      .where('state', '=', from)
      .executeTakeFirst();
    return numUpdatedRows === 1n;
  }

  /** Of those that nobody ended: how many wait for something. */
  async countWaiting(tenant: string, nowMs: number): Promise<number> {
    const {count} = await this.#database
      .selectFrom('claims')
      .select(({fn}) => fn.countAll<number>().as('count'))
      .where('tenant', '=', tenant)
      .where('state', 'in', WAITING)
      .where('expires_ms', '>', nowMs)
      .executeTakeFirstOrThrow();
    return count;
  }

  /** Does another claim wait for that device? */
  async waitsFor(tenant: string, device: string, except: string, nowMs: number): Promise<boolean> {
    const row = await this.#database
      .selectFrom('claims')
      .select('id')
      .where('tenant', '=', tenant)
      .where('device', '=', device)
      .where('id', '!=', except)
      .where('state', 'in', WAITING)
      .where('expires_ms', '>', nowMs)
      .executeTakeFirst();
    return row !== undefined;
  }

  /** Those whose time is over, and nobody has written it down yet. */
  async overdue(nowMs: number, limit: number): Promise<ClaimRow[]> {
    return await this.#database
      .selectFrom('claims')
      .selectAll()
      .where('state', 'in', WAITING)
      .where('expires_ms', '<=', nowMs)
      .limit(limit)
      .execute();
  }

  /** What became of older ones is in the audit log. */
  async forgetBefore(createdMs: number): Promise<void> {
    await this.#database
      .deleteFrom('claims')
      .where('created_ms', '<', createdMs)
      .where('state', 'not in', WAITING)
      .execute();
  }

  #proofOf(code: string): Buffer {
    return this.#vault.mac(parseClaimCode(code), 'claim code');
  }
}

/** The state as it is now: a claim ends by itself. */
export const stateAt = ({state, expires_ms: expiresMs}: ClaimRow, nowMs: number): ClaimState =>
  WAITING.includes(state) && expiresMs <= nowMs ? 'expired' : state;

export const viewOf = (row: ClaimRow, nowMs: number): Claim => ({
  id: row.id,
  device: row.device,
  model: row.model_ref,
  labels: JSON.parse(row.labels) as Record<string, string>,
  serial: row.serial,
  approval: row.approval === 1,
  state: stateAt(row, nowMs),
  createdAt: new Date(row.created_ms).toISOString(),
  createdBy: row.created_by,
  expiresAt: new Date(row.expires_ms).toISOString(),
  decidedBy: row.decided_by,
  redeemedAt: row.redeemed_ms === null ? null : new Date(row.redeemed_ms).toISOString(),
  redeemedFrom: row.presented_from,
});
