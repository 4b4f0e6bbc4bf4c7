/** Old records leave the audit log: up to a checkpoint, so that what stays is still vouched for. */
import type {Kysely} from 'kysely';
import type {AuditCheckpoint} from '../domain/audit.js';
import type {AuditRetention} from '../domain/retention.js';
import {checkpointOf, endsOf, pause} from './audit-chain.js';
import type {Schema} from './schema.js';

export interface Leaving {
  /** Of the last record that leaves; undefined where none does. */
  readonly checkpoint?: AuditCheckpoint | undefined;
  readonly records: number;
}

const DAY_MS = 86_400_000;

/** At once; the others leave the next time. */
const RECORDS_MAX = 10_000;
const ROWS_PER_LOOK = 5000;

/** The newest record stays in any case. */
export async function leavingOf(
  database: Kysely<Schema>,
  tenant: string,
  {deleteAfterDays, bytesMax}: AuditRetention,
  nowMs: number,
): Promise<Leaving> {
  const {lastSeq} = await endsOf(database, tenant);
  const first = await database
    .selectFrom('audit')
    .select('seq')
    .where('tenant', '=', tenant)
    .orderBy('seq')
    .limit(1)
    .executeTakeFirst();
  if (first === undefined) return {records: 0};
  const beforeMs = deleteAfterDays === null ? undefined : startOfDay(nowMs - deleteAfterDays * DAY_MS);
  const firstStaying = Math.max(
    beforeMs === undefined ? 0 : await firstSince(database, tenant, beforeMs, lastSeq),
    bytesMax === null ? 0 : await firstWithin(database, tenant, bytesMax, lastSeq),
  );
  const row = await database
    .selectFrom('audit_checkpoints')
    .selectAll()
    .where('tenant', '=', tenant)
    .where('seq', '<', Math.min(firstStaying, first.seq + RECORDS_MAX))
    .orderBy('seq', 'desc')
    .limit(1)
    .executeTakeFirst();
  return row ? {checkpoint: checkpointOf(row), records: row.seq - first.seq + 1} : {records: 0};
}

/** Gives back how many records that were; 0 where they have left already. */
export async function removeUpTo(
  database: Kysely<Schema>,
  {tenant, seq, hash, keyId, signature}: AuditCheckpoint,
  timeMs: number,
): Promise<number> {
  const removed = await database
    .deleteFrom('audit')
    .where('tenant', '=', tenant)
    .where('seq', '<=', seq)
    .executeTakeFirst();
  if (removed.numDeletedRows === 0n) return 0;
  await database
    .deleteFrom('audit_checkpoints')
    .where('tenant', '=', tenant)
    .where('seq', '<=', seq)
    .execute();
  await database
    .replaceInto('audit_beginnings')
    .values({tenant, seq, hash, time_ms: timeMs, key_id: keyId, signature})
    .execute();
  return Number(removed.numDeletedRows);
}

const startOfDay = (timeMs: number): number => Math.floor(timeMs / DAY_MS) * DAY_MS;

/** In the order of the chain: an older record behind a younger one stays with it. */
async function firstSince(
  database: Kysely<Schema>,
  tenant: string,
  sinceMs: number,
  lastSeq: number,
): Promise<number> {
  const row = await database
    .selectFrom('audit')
    .select('seq')
    .where('tenant', '=', tenant)
    .where('time_ms', '>=', sinceMs)
    .orderBy('seq')
    .limit(1)
    .executeTakeFirst();
  return row?.seq ?? lastSeq;
}

/** The newest records that have no more bytes together, looked at in pieces: SQLite keeps others waiting meanwhile. */
async function firstWithin(
  database: Kysely<Schema>,
  tenant: string,
  bytesMax: number,
  lastSeq: number,
): Promise<number> {
  let bytes = 0;
  for (let before = lastSeq + 1; ; await pause()) {
    const rows = await database
      .selectFrom('audit')
      .select(['seq', ({fn}) => fn<number>('length', ['record']).as('bytes')])
      .where('tenant', '=', tenant)
      .where('seq', '<', before)
      .orderBy('seq', 'desc')
      .limit(ROWS_PER_LOOK)
      .execute();
    for (const row of rows) {
      bytes += row.bytes;
      if (bytes > bytesMax) return Math.min(row.seq + 1, lastSeq);
    }
    if (rows.length === 0) return 0;
    before = rows.at(-1)!.seq;
  }
}
