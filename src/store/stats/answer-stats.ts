import type {DuckDBConnection} from '@duckdb/node-api';
import type {Freshness, StatsRow} from '../../domain/stats.js';
import {seeWholeTables} from '../archive/one-table.js';
import {interruptible} from '../interruptible.js';
import {jsonOf} from '../json-values.js';
import {quoted} from '../sql-text.js';
import {readProgress, type TenantDatabase} from '../tenant-database.js';
import {nameDevices} from './chosen-readings.js';
import {runStats} from './run-stats.js';
import type {StatsRequest} from './stats-request.js';

export interface StatsResult {
  readonly rows: readonly StatsRow[];
  readonly freshness: Freshness;
  readonly elapsedMs: number;
}

/** In one transaction, so that what is said of the answer's freshness is of what was read. */
export async function answerStats(
  database: TenantDatabase,
  request: StatsRequest,
  known: {readonly position: number; readonly lag: number},
  signal: AbortSignal,
): Promise<StatsResult> {
  const startMs = performance.now();
  return await database.withConnection(connection =>
    interruptible(connection, signal, async () => {
      await connection.run('BEGIN TRANSACTION READ ONLY');
      await seeWholeTables(connection, database.tenant, database.archive);
      await nameDevices(connection, request);
      const rows = await runStats(connection, request);
      const {nextOffset} = await readProgress(connection);
      const lastEventAt = request.onlyDevices ? null : await lastEvent(connection, database.tenant);
      return {
        rows,
        freshness: {
          completeTo: Math.max(known.position, nextOffset),
          lag: known.lag,
          lastEventAt,
        },
        elapsedMs: Math.round(performance.now() - startMs),
      };
    }),
  );
}

/** When the last event was received; the archive is looked at only where the database has none. */
async function lastEvent(connection: DuckDBConnection, catalog: string): Promise<string | null> {
  for (const events of [`${quoted(catalog)}.main.events`, 'events']) {
    const reader = await connection.runAndReadAll(
      `SELECT recorded_time FROM ${events} ORDER BY "offset" DESC LIMIT 1`,
    );
    const [row] = reader.getRows();
    if (row) return String(jsonOf(row[0]!));
  }
  return null;
}
