/** What is known of devices' connections: told by events, never asked. */
import type {Kysely} from 'kysely';
import type {Schema} from './schema.js';

export interface ConnectivityChange {
  readonly tenant: string;
  readonly device: string;
  readonly state: 'online' | 'offline';
  readonly sessionId: string;
  readonly atMs: number;
}

export interface Seen {
  readonly tenant: string;
  readonly device: string;
  readonly atMs: number;
}

export class ConnectivityLog {
  readonly #database: Kysely<Schema>;

  constructor(database: Kysely<Schema>) {
    this.#database = database;
  }

  /** The end of a session that is not the present one changes nothing. The first connection makes a device active. */
  async apply(changes: readonly ConnectivityChange[]): Promise<void> {
    await this.#database.transaction().execute(async database => {
      for (const {tenant, device, state, sessionId, atMs} of changes) {
        const update = database
          .updateTable('devices')
          .where('tenant', '=', tenant)
          .where('id', '=', device)
          .set(eb => ({
            connectivity: state,
            session_version: eb('session_version', '+', 1),
            last_seen_ms: atMs,
          }));
        if (state === 'offline') {
          await update.set({disconnected_ms: atMs}).where('session_id', '=', sessionId).execute();
          continue;
        }
        await update.set({connected_ms: atMs, session_id: sessionId}).execute();
        await database
          .updateTable('devices')
          .where('tenant', '=', tenant)
          .where('id', '=', device)
          .where('lifecycle', 'in', ['registered', 'claimable', 'provisioned'])
          .set({lifecycle: 'active'})
          .execute();
      }
    });
  }

  async applySeen(seen: readonly Seen[]): Promise<void> {
    await this.#database.transaction().execute(async database => {
      for (const {tenant, device, atMs} of seen) {
        await database
          .updateTable('devices')
          .set({last_seen_ms: atMs})
          .where('tenant', '=', tenant)
          .where('id', '=', device)
          .execute();
      }
    });
  }

  /** A platform that starts has no connections, whatever the one before had. */
  async markAllOffline(nowMs: number): Promise<void> {
    await this.#database
      .updateTable('devices')
      .set(eb => ({
        connectivity: 'offline',
        disconnected_ms: nowMs,
        session_version: eb('session_version', '+', 1),
      }))
      .where('connectivity', '=', 'online')
      .execute();
  }
}
