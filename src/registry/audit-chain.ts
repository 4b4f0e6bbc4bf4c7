/** A chain of the audit log as its rows are read: in pieces, so that nobody waits for all of it. */
import type {Kysely} from 'kysely';
import type {StoredRecord} from '../audit/chain-verifier.js';
import {FIRST_PREV_HASH} from '../audit/record.js';
import type {AuditCheckpoint, AuditRecord} from '../domain/audit.js';
import type {Schema} from './schema.js';
import type {AuditCheckpointRow, AuditRow} from './tables/audit.js';

export interface Ends {
  /** The last record; 0 and the first record's `prevHash` when there is none. */
  readonly lastSeq: number;
  readonly lastHash: string;
  /** What the last checkpoint vouches for, at most; 0 when there is none. */
  readonly vouchedSeq: number;
}

const ROWS_PER_READ = 200;

/** ECMA-262, 21.4.1.1. */
const MAX_TIME_MS = 8.64e15;

/** Checkpoints are looked at first: a record can be added meanwhile, but no checkpoint is ahead of its record. */
export async function endsOf(database: Kysely<Schema>, tenant: string): Promise<Ends> {
  const vouched = await database
    .selectFrom('audit_checkpoints')
    .select('seq')
    .where('tenant', '=', tenant)
    .orderBy('seq', 'desc')
    .limit(1)
    .executeTakeFirst();
  const last = await database
    .selectFrom('audit')
    .select(['seq', 'hash'])
    .where('tenant', '=', tenant)
    .orderBy('seq', 'desc')
    .limit(1)
    .executeTakeFirst();
  return {
    lastSeq: last?.seq ?? 0,
    lastHash: last?.hash ?? FIRST_PREV_HASH,
    vouchedSeq: vouched?.seq ?? 0,
  };
}

export async function* recordsOf(
  database: Kysely<Schema>,
  tenant: string,
  untilSeq: number,
): AsyncGenerator<AuditRow, void> {
  let after = Number.MIN_SAFE_INTEGER;
  for (;;) {
    const rows = await database
      .selectFrom('audit')
      .selectAll()
      .where('tenant', '=', tenant)
      .where('seq', '>', after)
      .where('seq', '<=', untilSeq)
      .orderBy('seq')
      .limit(ROWS_PER_READ)
      .execute();
    yield* rows;
    const last = rows.at(-1);
    if (!last) return;
    after = last.seq;
    await pause();
  }
}

export async function* checkpointsOf(
  database: Kysely<Schema>,
  tenant: string,
  untilSeq: number,
): AsyncGenerator<AuditCheckpoint, void> {
  let after = Number.MIN_SAFE_INTEGER;
  for (;;) {
    const rows = await database
      .selectFrom('audit_checkpoints')
      .selectAll()
      .where('tenant', '=', tenant)
      .where('seq', '>', after)
      .where('seq', '<=', untilSeq)
      .orderBy('seq')
      .limit(ROWS_PER_READ)
      .execute();
    yield* rows.map(checkpointOf);
    const last = rows.at(-1);
    if (!last) return;
    after = last.seq;
  }
}

/** Where the chain begins whose first records have left. */
export async function beginningOf(
  database: Kysely<Schema>,
  tenant: string,
): Promise<AuditCheckpoint | undefined> {
  const row = await database
    .selectFrom('audit_beginnings')
    .selectAll()
    .where('tenant', '=', tenant)
    .executeTakeFirst();
  return row && checkpointOf(row);
}

/** SQLite answers at once, so that only this lets other work go on. */
export const pause = (): Promise<void> => new Promise(resolve => setImmediate(resolve));

export const checkpointOf = (row: AuditCheckpointRow): AuditCheckpoint => ({
  tenant: row.tenant,
  seq: row.seq,
  hash: row.hash,
  time: timeOf(row.time_ms),
  keyId: row.key_id,
  signature: row.signature,
});

/** A number that is no time was not written by us: the signature will not fit whatever stands for it. */
const timeOf = (ms: number): string =>
  Math.abs(ms) <= MAX_TIME_MS ? new Date(ms).toISOString() : String(ms);

/** What is searched by has to be what the record says: otherwise a search would not find it, or find another. */
export function storedRecordOf(row: AuditRow): StoredRecord {
  const {record: text} = row;
  try {
    return {text, flaw: contradictionOf(row, JSON.parse(text) as AuditRecord)};
  } catch {
    return {text};
  }
}

function contradictionOf(row: AuditRow, record: AuditRecord): string | null {
  const said = {
    seq: record.seq,
    time_ms: Date.parse(record.time),
    actor: record.actor.name,
    action: record.action,
    target: record.target,
    outcome: record.outcome,
    hash: record.hash,
  };
  for (const column of Object.keys(said) as (keyof typeof said)[]) {
    if (row[column] !== said[column]) return `its column ${column} is not what the record says`;
  }
  return null;
}
