/** Searching the audit log. */
import {type Kysely, sql} from 'kysely';
import type {AuditOutcome, AuditRecord} from '../domain/audit.js';
import {IotctlError} from '../domain/errors.js';
import {endsOf, pause} from './audit-chain.js';
import type {Schema} from './schema.js';
import type {AuditRow} from './tables/audit.js';

export interface AuditQuery {
  /** Inclusive. */
  readonly sinceMs?: number | undefined;
  /** Exclusive. */
  readonly untilMs?: number | undefined;
  /** The actor's name. */
  readonly actor?: string | undefined;
  /** One action, or all that start alike: `device:*`. */
  readonly action?: string | undefined;
  readonly target?: string | undefined;
  readonly outcome?: AuditOutcome | undefined;
  /** Newest first unless told otherwise. */
  readonly order?: 'newest' | 'oldest' | undefined;
  readonly limit: number;
  /** The `nextCursor` of the page before. */
  readonly cursor?: string | undefined;
}

export interface AuditPage {
  readonly items: AuditRecord[];
  /** Null on the last page. */
  readonly nextCursor: string | null;
}

/** Sequence numbers, both inclusive. */
interface Span {
  readonly from: number;
  readonly to: number;
}

/** Of these the database looks at in one go; a search for something rare is many of them. */
const RECORDS_PER_LOOK = 10_000;

/** Throws `IOT_REQUEST_INVALID` for a cursor that is none, and `IOT_DATA_CORRUPT` for a record that is not readable. */
export async function listRecords(
  database: Kysely<Schema>,
  tenant: string,
  query: AuditQuery,
): Promise<AuditPage> {
  const newest = (query.order ?? 'newest') === 'newest';
  const whole = await spanOf(database, tenant, query);
  const rows: Pick<AuditRow, 'seq' | 'record'>[] = [];
  for (const span of whole ? looks(afterCursor(whole, query.cursor, newest), newest) : []) {
    const found = await matching(database, tenant, query)
      .where('seq', '>=', span.from)
      .where('seq', '<=', span.to)
      .orderBy('seq', newest ? 'desc' : 'asc')
      .limit(query.limit + 1 - rows.length)
      .execute();
    rows.push(...found);
    if (rows.length > query.limit) break;
    await pause();
  }
  const items = rows.slice(0, query.limit).map(row => readable(tenant, row));
  return {items, nextCursor: rows.length > query.limit ? String(items.at(-1)!.seq) : null};
}

/** Where in the chain the asked time is. The clock may have been set back: nothing is assumed of its order. */
async function spanOf(
  database: Kysely<Schema>,
  tenant: string,
  {sinceMs, untilMs}: AuditQuery,
): Promise<Span | undefined> {
  if (sinceMs === undefined && untilMs === undefined) {
    return {from: 1, to: (await endsOf(database, tenant)).lastSeq};
  }
  const {from, to} = await database
    .selectFrom('audit')
    .where('tenant', '=', tenant)
    .$if(sinceMs !== undefined, query => query.where('time_ms', '>=', sinceMs!))
    .$if(untilMs !== undefined, query => query.where('time_ms', '<', untilMs!))
    .select([sql<number | null>`min(seq)`.as('from'), sql<number | null>`max(seq)`.as('to')])
    .executeTakeFirstOrThrow();
  return from === null || to === null ? undefined : {from, to};
}

function afterCursor({from, to}: Span, cursor: string | undefined, newest: boolean): Span {
  if (cursor === undefined) return {from, to};
  const seq = Number(cursor);
  if (!/^\d+$/.test(cursor) || !Number.isSafeInteger(seq)) {
    throw new IotctlError('IOT_REQUEST_INVALID', `not a cursor: ${JSON.stringify(cursor.slice(0, 40))}`);
  }
  return newest ? {from, to: Math.min(to, seq - 1)} : {from: Math.max(from, seq + 1), to};
}

function* looks({from, to}: Span, newest: boolean): Generator<Span, void> {
  for (let done = 0; from + done <= to; done += RECORDS_PER_LOOK) {
    yield newest
      ? {from: Math.max(from, to - done - RECORDS_PER_LOOK + 1), to: to - done}
      : {from: from + done, to: Math.min(to, from + done + RECORDS_PER_LOOK - 1)};
  }
}

function matching(database: Kysely<Schema>, tenant: string, query: AuditQuery) {
  const {sinceMs, untilMs, actor, action, target, outcome} = query;
  let matched = database.selectFrom('audit').select(['seq', 'record']).where('tenant', '=', tenant);
  if (sinceMs !== undefined) matched = matched.where('time_ms', '>=', sinceMs);
  if (untilMs !== undefined) matched = matched.where('time_ms', '<', untilMs);
  if (actor !== undefined) matched = matched.where('actor', '=', actor);
  if (target !== undefined) matched = matched.where('target', '=', target);
  if (outcome !== undefined) matched = matched.where('outcome', '=', outcome);
  if (action === undefined) return matched;
  if (!action.endsWith('*')) return matched.where('action', '=', action);
  const prefix = action.slice(0, -1);
  return matched.where(sql`substr(action, 1, length(${prefix}))`, '=', prefix);
}

function readable(tenant: string, {seq, record}: Pick<AuditRow, 'seq' | 'record'>): AuditRecord {
  try {
    return JSON.parse(record) as AuditRecord;
  } catch (error) {
    const message = `record ${seq} of the audit log of ${tenant} was changed: it is not JSON`;
    throw new IotctlError('IOT_DATA_CORRUPT', message, {cause: error});
  }
}
