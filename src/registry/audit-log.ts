/** The audit log: one hash chain of records per tenant, with signed checkpoints. Records are only ever added. */
import type {KeyObject} from 'node:crypto';
import {type Kysely, sql} from 'kysely';
import {
  checkpointFlaw,
  loadPublicKeys,
  loadSigningKey,
  type SigningKey,
  signBeginning,
  signCheckpoint,
} from '../audit/checkpoint.js';
import {beginningLine, checkpointLine, endLine, publicKeyLine} from '../audit/export.js';
import {canonicalJson, FIRST_PREV_HASH, sealRecord} from '../audit/record.js';
import {verify} from '../audit/verify.js';
import type {AuditCheckpoint, AuditEntry, AuditRecord, AuditVerdict} from '../domain/audit.js';
import {IotctlError} from '../domain/errors.js';
import type {AuditRetention} from '../domain/retention.js';
import {
  beginningOf,
  checkpointOf,
  checkpointsOf,
  type Ends,
  endsOf,
  recordsOf,
  storedRecordOf,
} from './audit-chain.js';
import {type AuditPage, type AuditQuery, listRecords} from './audit-query.js';
import {type Leaving, leavingOf, removeUpTo} from './audit-retention.js';
import type {Schema} from './schema.js';

export interface AuditKeys {
  /** Ed25519, PKCS #8: see `createSigningKey`. */
  readonly signingKeyPem: string;
  /** Keys that signed before this one. */
  readonly formerPublicKeysPem?: readonly string[] | undefined;
}

/** A checkpoint is due after so many records, or when the first that none vouches for is so old. */
const CHECKPOINT_RECORDS = 1000;
const CHECKPOINT_AGE_MS = 3_600_000;

export class AuditLog {
  readonly #database: Kysely<Schema>;
  readonly #signingKey: SigningKey;
  readonly #publicKeys: Map<string, KeyObject>;

  /** Throws `IOT_DATA_CORRUPT` when a key is not Ed25519 in PEM. */
  constructor(database: Kysely<Schema>, {signingKeyPem, formerPublicKeysPem = []}: AuditKeys) {
    this.#database = database;
    this.#signingKey = loadSigningKey(signingKeyPem);
    this.#publicKeys = loadPublicKeys([this.#signingKey.publicKeyPem, ...formerPublicKeysPem]);
  }

  /** By key id: what `verify` believes. */
  get publicKeys(): ReadonlyMap<string, KeyObject> {
    return this.#publicKeys;
  }

  /**
   * Adds a record to the chain of its tenant: within the caller's transaction when `database` is one, so that a change
   * and its record are both there or neither.
   */
  async append(database: Kysely<Schema>, entry: AuditEntry): Promise<AuditRecord> {
    return database.isTransaction
      ? await appendTo(database, entry)
      : await database.transaction().execute(transaction => appendTo(transaction, entry));
  }

  /** Signs the chains that have grown or aged enough. To be called now and then. */
  async checkpointIfDue(nowMs: number): Promise<AuditCheckpoint[]> {
    return await this.#checkpointEach(nowMs, async (tenant, {vouchedSeq, lastSeq}) => {
      if (lastSeq - vouchedSeq >= CHECKPOINT_RECORDS) return true;
      const oldest = await this.#database
        .selectFrom('audit')
        .select('time_ms')
        .where('tenant', '=', tenant)
        .where('seq', '>', vouchedSeq)
        .orderBy('seq')
        .limit(1)
        .executeTakeFirst();
      // A record from the future is due as well: the clock was wrong, and may stay behind for long.
      return oldest !== undefined && Math.abs(nowMs - oldest.time_ms) >= CHECKPOINT_AGE_MS;
    });
  }

  /** Signs every chain that has grown: before a stop. */
  async checkpointAll(nowMs: number): Promise<AuditCheckpoint[]> {
    return await this.#checkpointEach(nowMs, async () => true);
  }

  /** The checkpoint of the last record, made now if there is none. Undefined for an empty chain. */
  async checkpoint(tenant: string, nowMs: number): Promise<AuditCheckpoint | undefined> {
    const {lastSeq, lastHash} = await endsOf(this.#database, tenant);
    if (lastSeq === 0) return undefined;
    const content = {tenant, seq: lastSeq, hash: lastHash, time: new Date(nowMs).toISOString()};
    const {keyId, signature} = signCheckpoint(this.#signingKey, content);
    await this.#database
      .insertInto('audit_checkpoints')
      .values({tenant, seq: lastSeq, hash: lastHash, time_ms: nowMs, key_id: keyId, signature})
      .onConflict(conflict => conflict.doNothing())
      .execute();
    const row = await this.#database
      .selectFrom('audit_checkpoints')
      .selectAll()
      .where('tenant', '=', tenant)
      .where('seq', '=', lastSeq)
      .executeTakeFirstOrThrow();
    return checkpointOf(row);
  }

  /** `kept`: checkpoints that were kept elsewhere, which show a tail that was cut together with its checkpoints. */
  async verify(tenant: string, kept: Iterable<AuditCheckpoint> = []): Promise<AuditVerdict> {
    const ends = await endsOf(this.#database, tenant);
    const records = storedRecords(recordsOf(this.#database, tenant, ends.lastSeq));
    const checkpoints = checkpointsOf(this.#database, tenant, ends.vouchedSeq);
    const beginning = await beginningOf(this.#database, tenant);
    return await verify(records, checkpoints, this.#publicKeys, {tenant, beginning, kept});
  }

  async list(tenant: string, query: AuditQuery): Promise<AuditPage> {
    return await listRecords(this.#database, tenant, query);
  }

  /** NDJSON lines without line breaks: what `verifyExport` reads. Records that are added meanwhile are not in it. */
  async *export(tenant: string): AsyncGenerator<string, void> {
    for (const [keyId, key] of this.#publicKeys) {
      yield publicKeyLine(keyId, key.export({type: 'spki', format: 'pem'}) as string);
    }
    const beginning = await beginningOf(this.#database, tenant);
    if (beginning) yield beginningLine(beginning);
    const ends = await endsOf(this.#database, tenant);
    const checkpoints = checkpointsOf(this.#database, tenant, ends.vouchedSeq);
    let next = await checkpoints.next();
    for await (const {seq, record} of recordsOf(this.#database, tenant, ends.lastSeq)) {
      yield String(record);
      for (; !next.done && next.value.seq <= seq; next = await checkpoints.next())
        yield checkpointLine(next.value);
    }
    for (; !next.done; next = await checkpoints.next()) yield checkpointLine(next.value);
    yield endLine({seq: ends.lastSeq, hash: ends.lastHash});
  }

  /** The oldest records that may leave now: only those that a checkpoint vouches for. */
  async leaving(tenant: string, retention: AuditRetention, nowMs: number): Promise<Leaving> {
    return await leavingOf(this.#database, tenant, retention, nowMs);
  }

  /**
   * Lets the records up to a checkpoint leave, within the caller's transaction; what stays verifies as before. Throws
   * `IOT_DATA_CORRUPT` where the checkpoint vouches for nothing. Gives back how many left.
   */
  async trim(database: Kysely<Schema>, checkpoint: AuditCheckpoint, nowMs: number): Promise<number> {
    const {tenant, seq, hash} = checkpoint;
    const flaw = checkpointFlaw(checkpoint, this.#publicKeys);
    if (flaw !== null)
      throw new IotctlError('IOT_DATA_CORRUPT', `the checkpoint of audit record ${seq} ${flaw}`);
    const beginning = signBeginning(this.#signingKey, {
      tenant,
      seq,
      hash,
      time: new Date(nowMs).toISOString(),
    });
    return await removeUpTo(database, beginning, nowMs);
  }

  async #checkpointEach(
    nowMs: number,
    isDue: (tenant: string, ends: Ends) => Promise<boolean>,
  ): Promise<AuditCheckpoint[]> {
    const made: AuditCheckpoint[] = [];
    for (const tenant of await tenantsOf(this.#database)) {
      const ends = await endsOf(this.#database, tenant);
      if (ends.lastSeq <= ends.vouchedSeq || !(await isDue(tenant, ends))) continue;
      const checkpoint = await this.checkpoint(tenant, nowMs);
      if (checkpoint) made.push(checkpoint);
    }
    return made;
  }
}

/** The key (tenant, seq) refuses a second record after the same one: no chain can fork. */
async function appendTo(database: Kysely<Schema>, entry: AuditEntry): Promise<AuditRecord> {
  const last = await database
    .selectFrom('audit')
    .select(['seq', 'hash'])
    .where('tenant', '=', entry.tenant)
    .orderBy('seq', 'desc')
    .limit(1)
    .executeTakeFirst();
  const {seq, hash: prevHash} = last ?? {seq: 0, hash: FIRST_PREV_HASH};
  const record = sealRecord(entry, {seq: seq + 1, prevHash});
  await database
    .insertInto('audit')
    .values({
      tenant: record.tenant,
      seq: record.seq,
      time_ms: Date.parse(record.time),
      actor: record.actor.name,
      action: record.action,
      target: record.target,
      outcome: record.outcome,
      record: canonicalJson(record),
      hash: record.hash,
    })
    .execute();
  return record;
}

async function* storedRecords(rows: ReturnType<typeof recordsOf>) {
  for await (const row of rows) yield storedRecordOf(row);
}

/** One step per tenant in the key's index, instead of one per record. */
async function tenantsOf(database: Kysely<Schema>): Promise<string[]> {
  const {rows} = await sql<{tenant: string}>`
    WITH RECURSIVE chains (tenant) AS (
      SELECT min(tenant) FROM audit
      UNION ALL
      SELECT (SELECT min(tenant) FROM audit WHERE tenant > chains.tenant) FROM chains WHERE chains.tenant IS NOT NULL
    ) SELECT tenant FROM chains WHERE tenant IS NOT NULL`.execute(database);
  return rows.map(({tenant}) => tenant);
}
