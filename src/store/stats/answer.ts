import type {DuckDBConnection} from '@duckdb/node-api';
import type {Freshness} from '../../domain/stats.js';
import {seeWholeTables} from '../archive/one-table.js';
import {interruptible} from '../interruptible.js';
import type {TenantDatabase} from '../tenant-database.js';
import {nameDevices} from './chosen-readings.js';
import type {ReadingChoice} from './stats-request.js';

export interface Answer<Row> {
  readonly rows: readonly Row[];
  readonly freshness: Freshness;
  readonly elapsedMs: number;
}

/** Asks about readings in one transaction, over hot and archived ones. */
export async function askReadings<Row>(
  database: TenantDatabase,
  choice: ReadingChoice,
  signal: AbortSignal,
  ask: (connection: DuckDBConnection) => Promise<readonly Row[]>,
): Promise<Omit<Answer<Row>, 'freshness'>> {
  const startMs = performance.now();
  return await database.withConnection(connection =>
    interruptible(connection, signal, async () => {
      await connection.run('BEGIN TRANSACTION READ ONLY');
      await seeWholeTables(connection, database.tenant, database.archive);
      await nameDevices(connection, choice);
      const rows = await ask(connection);
      return {rows, elapsedMs: Math.round(performance.now() - startMs)};
    }),
  );
}
