/** What is known of devices' connections: told by events, never asked. */
import {setImmediate} from 'node:timers/promises';
import {type Kysely, sql, type Transaction} from 'kysely';
import {statesBefore} from '../domain/lifecycle.js';
import type {Schema} from './schema.js';

export interface ConnectivityChange {
  readonly tenant: string;
  readonly device: string;
  readonly state: 'online' | 'offline';
  readonly sessionId: string;
  /** Of the peer, where it came. */
  readonly address: string | null;
  /** Why it ended. */
  readonly reason: string | null;
  readonly atMs: number;
}

export interface Seen {
  readonly tenant: string;
  readonly device: string;
  readonly atMs: number;
  /** When it last said something; null where it has not. */
  readonly dataMs: number | null;
}

/** Devices that are changed at once: more would keep the thread from everything else for too long. */
const DEVICES_PER_TRANSACTION = 1000;

/** A stale device is connected, and silent. */
const CONNECTED = ['online', 'stale'] as const;

/** JSON of the lifecycles that a first connection ends. */
const NOT_YET_ACTIVE = JSON.stringify(statesBefore('connect', 'active'));

export class ConnectivityLog {
  readonly #database: Kysely<Schema>;

  constructor(database: Kysely<Schema>) {
    this.#database = database;
  }

  /**
   * In order, and all of one device in one transaction. The end of a session that is not the present one changes
   * nothing. The first connection makes a device active.
   */
  async apply(changes: readonly ConnectivityChange[]): Promise<void> {
    for (const histories of chunks(byDevice(changes), DEVICES_PER_TRANSACTION)) {
      await this.#database.transaction().execute(async database => {
        const steps = Math.max(...histories.map(history => history.length));
        for (let step = 0; step < steps; step++) {
          const now = histories.flatMap(history => history[step] ?? []);
          await markOnline(
            database,
            now.filter(({state}) => state === 'online'),
          );
          await markOffline(
            database,
            now.filter(({state}) => state === 'offline'),
          );
        }
      });
    }
  }

  async applySeen(seen: readonly Seen[]): Promise<void> {
    for (const part of chunks(seen, DEVICES_PER_TRANSACTION)) {
      await sql`
        UPDATE devices SET
          last_seen_ms = told.value ->> 'atMs',
          last_data_ms = coalesce(told.value ->> 'dataMs', last_data_ms),
          lifecycle = CASE WHEN lifecycle IN (SELECT value FROM json_each(${NOT_YET_ACTIVE})) THEN 'active' ELSE lifecycle END
        FROM json_each(${JSON.stringify(part)}) AS told
        WHERE devices.tenant = told.value ->> 'tenant' AND devices.id = told.value ->> 'device'
      `.execute(this.#database);
      // Each part waits for the disk; others have their turn between them.
      await setImmediate();
    }
  }

  /** A platform that starts has no connections, whatever the one before had. */
  async markAllOffline(nowMs: number): Promise<void> {
    await this.#database
      .updateTable('devices')
      .set(eb => ({
        connectivity: 'offline',
        disconnected_ms: nowMs,
        end_reason: 'platform',
        session_version: eb('session_version', '+', 1),
      }))
      .where('connectivity', 'in', CONNECTED)
      .execute();
  }
}

function byDevice(changes: readonly ConnectivityChange[]): ConnectivityChange[][] {
  const histories = new Map<string, ConnectivityChange[]>();
  for (const change of changes) {
    const key = `${change.tenant}/${change.device}`;
    const history = histories.get(key);
    if (history) history.push(change);
    else histories.set(key, [change]);
  }
  return [...histories.values()];
}

/** No device twice: one statement for all of them, whatever their number. */
async function markOnline(
  database: Transaction<Schema>,
  changes: readonly ConnectivityChange[],
): Promise<void> {
  if (changes.length === 0) return;
  await sql`
    UPDATE devices SET
      connectivity = 'online',
      session_version = session_version + 1,
      session_id = told.value ->> 'sessionId',
      address = told.value ->> 'address',
      end_reason = NULL,
      connected_ms = told.value ->> 'atMs',
      last_seen_ms = told.value ->> 'atMs',
      lifecycle = CASE WHEN lifecycle IN (SELECT value FROM json_each(${NOT_YET_ACTIVE})) THEN 'active' ELSE lifecycle END
    FROM json_each(${JSON.stringify(changes)}) AS told
    WHERE devices.tenant = told.value ->> 'tenant' AND devices.id = told.value ->> 'device'
  `.execute(database);
}

async function markOffline(
  database: Transaction<Schema>,
  changes: readonly ConnectivityChange[],
): Promise<void> {
  if (changes.length === 0) return;
  await sql`
    UPDATE devices SET
      connectivity = 'offline',
      session_version = session_version + 1,
      end_reason = told.value ->> 'reason',
      disconnected_ms = told.value ->> 'atMs',
      last_seen_ms = told.value ->> 'atMs'
    FROM json_each(${JSON.stringify(changes)}) AS told
    WHERE devices.tenant = told.value ->> 'tenant' AND devices.id = told.value ->> 'device'
      AND devices.session_id = told.value ->> 'sessionId'
  `.execute(database);
}

function chunks<T>(items: readonly T[], size: number): T[][] {
  return Array.from({length: Math.ceil(items.length / size)}, (_, index) =>
    items.slice(index * size, (index + 1) * size),
  );
}
