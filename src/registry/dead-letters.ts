/** What consumers could not deliver: the events themselves, as the stream lets go of its own in time. */
import {sql} from 'kysely';
import {DEAD_LETTER_BYTES_MAX, DEAD_LETTERS_MAX, type DeadLetter} from '../domain/consumer.js';
import {IotctlError} from '../domain/errors.js';
import type {StoredEvent} from '../domain/event.js';
import type {DeadLetterRow} from './tables/consumers.js';
import type {Database} from './transact.js';

interface Owner {
  readonly tenant: string;
  readonly consumer: string;
}

export class DeadLetters {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** In the order of their offsets, behind one. */
  async list(of: Owner, {after, limit}: {after: number; limit: number}): Promise<DeadLetter[]> {
    const rows = await this.#of(of)
      .selectAll()
      .where('offset', '>', after)
      .orderBy('offset')
      .limit(limit)
      .execute();
    return rows.map(viewOf);
  }

  /** The events that are to be tried again. */
  async replaying(of: Owner, {after, limit}: {after: number; limit: number}): Promise<StoredEvent[]> {
    const rows = await this.#of(of)
      .selectAll()
      .where('replaying', '=', 1)
      .where('offset', '>', after)
      .orderBy('offset')
      .limit(limit)
      .execute();
    return rows.map(({event}) => eventIn(event));
  }

  /** Throws `IOT_CONFLICT` where there is no room. One that is there already is as it was refused last. */
  async add(
    of: Owner,
    {event, reason, attempts}: {event: StoredEvent; reason: string; attempts: number},
    nowMs: number,
  ): Promise<void> {
    await this.#requireRoom(of, event.offset);
    const row: DeadLetterRow = {
      ...of,
      offset: event.offset,
      device: event.device,
      type: event.type,
      event: textOf(event),
      reason,
      attempts,
      failed_ms: nowMs,
      replaying: 0,
    };
    await this.#database
      .insertInto('dead_letters')
      .values(row)
      .onConflict(conflict =>
        conflict
          .columns(['tenant', 'consumer', 'offset'])
          .doUpdateSet({reason, attempts, failed_ms: nowMs, replaying: 0}),
      )
      .execute();
  }

  /** Those at the offsets, or all of them. Gives back how many. */
  async replay({tenant, consumer}: Owner, offsets: readonly number[] | undefined): Promise<number> {
    const query = this.#database
      .updateTable('dead_letters')
      .set({replaying: 1})
      .where('tenant', '=', tenant)
      .where('consumer', '=', consumer);
    const {numUpdatedRows} = await (offsets === undefined
      ? query
      : query.where('offset', 'in', among(offsets))
    ).executeTakeFirst();
    return Number(numUpdatedRows);
  }

  async remove({tenant, consumer}: Owner, offsets: readonly number[] | undefined): Promise<number> {
    const query = this.#database
      .deleteFrom('dead_letters')
      .where('tenant', '=', tenant)
      .where('consumer', '=', consumer);
    const {numDeletedRows} = await (offsets === undefined
      ? query
      : query.where('offset', 'in', among(offsets))
    ).executeTakeFirst();
    return Number(numDeletedRows);
  }

  async eraseDevice(tenant: string, device: string): Promise<void> {
    await this.#database
      .deleteFrom('dead_letters')
      .where('tenant', '=', tenant)
      .where('device', '=', device)
      .execute();
  }

  #of({tenant, consumer}: Owner) {
    return this.#database
      .selectFrom('dead_letters')
      .where('tenant', '=', tenant)
      .where('consumer', '=', consumer);
  }

  async #requireRoom(of: Owner, offset: number): Promise<void> {
    const {count, bytes} = await this.#of(of)
      .where('offset', '!=', offset)
      .select([sql<number>`count(*)`.as('count'), sql<number>`coalesce(sum(length(event)), 0)`.as('bytes')])
      .executeTakeFirstOrThrow();
    if (count < DEAD_LETTERS_MAX && bytes < DEAD_LETTER_BYTES_MAX) return;
    throw new IotctlError(
      'IOT_CONFLICT',
      `consumer ${of.consumer} has ${count} dead letters: \`iotctl consumer dlq replay\` or \`purge\` makes room`,
    );
  }
}

const among = (offsets: readonly number[]) =>
  sql<number>`(SELECT value FROM json_each(${JSON.stringify(offsets)}))`;

const textOf = (event: StoredEvent): string =>
  JSON.stringify({...event, payload: Buffer.from(event.payload).toString('base64')});

function eventIn(text: string): StoredEvent {
  const event = JSON.parse(text) as Omit<StoredEvent, 'payload'> & {payload: string};
  // What was undefined is not in JSON.
  return {
    ...event,
    timeMs: event.timeMs,
    attributes: event.attributes,
    payload: Buffer.from(event.payload, 'base64'),
  };
}

const viewOf = (row: DeadLetterRow): DeadLetter => ({
  offset: row.offset,
  device: row.device,
  type: row.type,
  reason: row.reason,
  attempts: row.attempts,
  failedAt: new Date(row.failed_ms).toISOString(),
  replaying: row.replaying === 1,
});
