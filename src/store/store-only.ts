/**
 * Parts of uploads that go into the store alone. Their rows have offsets of their own, below zero and growing: the stream's
 * begin at 0, so that everything which goes by offsets knows the two apart. A part and the mark that it is there are of one
 * transaction: sent again, after any crash, it changes nothing.
 */
import type {DuckDBConnection} from '@duckdb/node-api';
import type {NewEvent} from '../domain/event.js';
import {EventBatch} from './event-batch.js';
import type {TenantDatabase} from './tenant-database.js';

/** Of the first event. As many as are below zero will never come. */
const FIRST_OFFSET = -(2 ** 52);

export interface StoreOnlyPart {
  readonly upload: string;
  readonly part: number;
  readonly events: readonly NewEvent[];
}

/** To be called between two transactions of the consumer. */
export async function storePart(
  database: TenantDatabase,
  {upload, part, events}: StoreOnlyPart,
): Promise<void> {
  const {writer, models, progress} = database;
  if (await isStored(writer, upload, part)) return;
  const from = await nextStoreOnlyOffset(writer);
  const before = from + events.length;
  const batch = new EventBatch();
  const placed = events.map((event, index) => ({...event, offset: from + index}));
  const staged = database.resident.stage();
  for (const event of placed) batch.add(event, staged);
  const told = await models.prepare(writer, placed);
  const next = {...progress, eventCount: progress.eventCount + events.length};
  await database.transact(next, staged ?? 'unknown', async () => {
    if (events.length > 0) await batch.appendTo(writer);
    for (const model of told) await models.fill(writer, model, {from, before});
    await writer.run('INSERT INTO internal.upload_parts VALUES ($1, $2, $3)', [
      upload,
      BigInt(part),
      BigInt(before),
    ]);
  });
}

/** That the next event gets; those of the store alone are below it. */
export async function nextStoreOnlyOffset(connection: DuckDBConnection): Promise<number> {
  const reader = await connection.runAndReadAll('SELECT max(next_offset) FROM internal.upload_parts');
  return Number(reader.getRows()[0]![0] ?? FIRST_OFFSET);
}

async function isStored(writer: DuckDBConnection, upload: string, part: number): Promise<boolean> {
  const reader = await writer.runAndReadAll(
    'SELECT 1 FROM internal.upload_parts WHERE upload = $1 AND part = $2',
    [upload, BigInt(part)],
  );
  return reader.currentRowCount > 0;
}
