/** Devices that are connected and say nothing, for longer than their model lets expect. */
import {sql} from 'kysely';
import {type Database, transact} from './transact.js';

export interface SilentDevice {
  readonly tenant: string;
  readonly device: string;
  readonly expectedIntervalMs: number;
  /** When it last said something, or connected. */
  readonly sinceMs: number;
}

/** One message may be late, or lost; two are a silence. */
const INTERVALS = 2;

/** What the registry knows of the last message may be this old. */
const TOLD_WITHIN_MS = 6000;

export class Staleness {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** Marks those that have become silent, and those that say something again. */
  async mark(nowMs: number): Promise<{stale: SilentDevice[]; recovered: SilentDevice[]}> {
    const silent = sql`heard_ms < ${nowMs - TOLD_WITHIN_MS} - ${INTERVALS} * expected_interval_ms`;
    return {
      stale: await this.#move('online', 'stale', silent),
      recovered: await this.#move('stale', 'online', sql`NOT (${silent})`),
    };
  }

  /** `from` is written as a literal, so that the index of connected devices is used. */
  async #move(from: string, to: string, when: ReturnType<typeof sql>): Promise<SilentDevice[]> {
    return await transact(this.#database, async database => {
      const {rows} = await sql<SilentDevice>`
        SELECT tenant, device, expected_interval_ms AS "expectedIntervalMs", heard_ms AS "sinceMs"
        FROM (
          SELECT d.tenant, d.id AS device, m.expected_interval_ms,
            max(coalesce(d.last_data_ms, 0), coalesce(d.connected_ms, 0)) AS heard_ms
          FROM devices AS d
          JOIN models AS m ON m.tenant = d.tenant AND m.name = d.model AND m.version = d.model_version
          WHERE m.expected_interval_ms IS NOT NULL AND d.connectivity = ${sql.lit(from)}
        )
        WHERE ${when}
      `.execute(database);
      if (rows.length > 0)
        await sql`
          UPDATE devices SET connectivity = ${to}
          FROM json_each(${JSON.stringify(rows)}) AS told
          WHERE devices.tenant = told.value ->> 'tenant' AND devices.id = told.value ->> 'device'
        `.execute(database);
      return rows;
    });
  }
}
