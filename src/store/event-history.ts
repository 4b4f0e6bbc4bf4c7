/** Stored events in the order of the stream: the history before a live tail. */
import type {DuckDBConnection, DuckDBValue} from '@duckdb/node-api';
import {DuckDBBlobValue, DuckDBTimestampTZValue} from '@duckdb/node-api';
import type {StoredEvent} from '../domain/event.js';
import {parseEventTypes} from '../domain/event-types.js';
import {seeWholeTables} from './archive/one-table.js';
import {readProgress} from './progress.js';
import {streamChunks} from './result-chunks.js';
import type {TenantDatabase} from './tenant-database.js';

/** What is asked for; everything that is given has to hold. */
export interface EventsRequest {
  /** From this event time on, in Unix milliseconds. */
  readonly sinceMs?: number;
  /** Before this event time. */
  readonly untilMs?: number;
  readonly device?: string;
  /** See `event-types.ts`. */
  readonly type?: string;
  /** Only events behind this offset. */
  readonly afterOffset?: number;
  /** Only events before this offset. */
  readonly beforeOffset?: number;
  readonly limit: number;
  /** The newest `limit` events instead of the oldest; in order all the same. */
  readonly last?: boolean;
  /** Only events of these devices; all where it is absent. */
  readonly devices?: readonly string[];
}

export interface EventsPage {
  /** In the order of their offsets. */
  readonly events: readonly StoredEvent[];
  /** There are more events that match: behind the last one, or before the first one with `last`. */
  readonly more: boolean;
  /** The first offset that is not stored yet; the stream has everything from there on. */
  readonly storedUpTo: number;
}

const EVENTS: ReadonlySet<string> = new Set(['events']);

/** A page ends early rather than hold more than this. */
const PAGE_BYTES_MAX = 16 * 1024 * 1024;

/** `knownPosition`: an offset below which everything was stored before this call, for a tenant that is silent. */
export async function readEvents(
  connection: DuckDBConnection,
  {tenant, archive}: TenantDatabase,
  request: EventsRequest,
  knownPosition: number,
): Promise<EventsPage> {
  let nextOffset = 0;
  const {chunks} = await streamChunks(connection, async () => {
    await connection.run('BEGIN TRANSACTION READ ONLY');
    nextOffset = (await readProgress(connection)).nextOffset;
    const {sinceMs, untilMs} = request;
    await seeWholeTables(connection, tenant, archive, {tables: EVENTS, sinceMs, untilMs});
    const {sql, values} = selectOf(request);
    const prepared = await connection.prepare(sql);
    prepared.bind(values);
    return prepared;
  });
  const events: StoredEvent[] = [];
  let bytes = 0;
  let more = false;
  for await (const chunk of chunks) {
    for (let index = 0; index < chunk.rowCount; index++) {
      more = events.length >= request.limit || bytes >= PAGE_BYTES_MAX;
      if (more) break;
      const event = eventOf(tenant, chunk.getRowValues(index));
      bytes += event.payload.length;
      events.push(event);
    }
    if (more) break;
  }
  if (request.last === true) events.reverse();
  return {events, more, storedUpTo: Math.max(nextOffset, knownPosition)};
}

function selectOf(request: EventsRequest): {sql: string; values: DuckDBValue[]} {
  // What is in the store alone was never in the stream.
  const conditions: string[] = ['"offset" >= 0'];
  const values: DuckDBValue[] = [];
  const where = (condition: string, ...held: DuckDBValue[]): void => {
    const first = values.length;
    values.push(...held);
    let index = first;
    conditions.push(condition.replaceAll('?', () => `$${++index}`));
  };
  if (request.sinceMs !== undefined) where('time >= ?', timestampOf(request.sinceMs));
  if (request.untilMs !== undefined) where('time < ?', timestampOf(request.untilMs));
  if (request.device !== undefined) where('device = ?', request.device);
  if (request.type !== undefined) {
    const {exact, prefixes} = parseEventTypes(request.type);
    const any = [...exact.map(() => 'type = ?'), ...prefixes.map(() => 'starts_with(type, ?)')].join(' OR ');
    where(`(${any || 'false'})`, ...exact, ...prefixes);
  }
  if (request.afterOffset !== undefined) where('"offset" > ?', BigInt(request.afterOffset));
  if (request.beforeOffset !== undefined) where('"offset" < ?', BigInt(request.beforeOffset));
  if (request.devices !== undefined)
    where(`device IN (SELECT unnest(from_json(?, '["VARCHAR"]')))`, JSON.stringify(request.devices));
  // One more than asked for tells whether there are more.
  values.push(BigInt(request.limit + 1));
  const sql = `SELECT "offset", time, recorded_time, device, type, component, body::VARCHAR, raw, attributes::VARCHAR
    FROM events WHERE ${conditions.join(' AND ')}
    ORDER BY "offset" ${request.last === true ? 'DESC' : 'ASC'} LIMIT $${values.length}`;
  return {sql, values};
}

const timestampOf = (timeMs: number): DuckDBTimestampTZValue =>
  new DuckDBTimestampTZValue(BigInt(Math.trunc(timeMs)) * 1000n);

function eventOf(tenant: string, row: readonly DuckDBValue[]): StoredEvent {
  const [offset, time, recordedTime, device, type, component, body, raw, attributes] = row;
  const timeMs = msOf(time);
  const recordedMs = msOf(recordedTime);
  const json = typeof body === 'string';
  return {
    offset: Number(offset),
    tenant,
    device: device as string,
    type: type as string,
    component: (component as string | null) ?? '',
    timeMs: timeMs === recordedMs ? undefined : timeMs,
    recordedMs,
    contentType: json ? 'application/json' : 'application/octet-stream',
    payload: json ? Buffer.from(body) : raw instanceof DuckDBBlobValue ? raw.bytes : new Uint8Array(),
    attributes:
      typeof attributes === 'string' ? (JSON.parse(attributes) as Record<string, string>) : undefined,
  };
}

const msOf = (value: DuckDBValue | undefined): number =>
  value instanceof DuckDBTimestampTZValue ? Number(value.micros / 1000n) : 0;
