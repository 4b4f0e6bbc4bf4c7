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

type Answered<Row> = Omit<Answer<Row>, 'freshness'>;

/** Asks about readings in one transaction, over hot and archived ones. */
export function askReadings<Row>(
  database: TenantDatabase,
  choice: ReadingChoice,
  signal: AbortSignal,
  ask: (connection: DuckDBConnection) => Promise<readonly Row[]>,
): Promise<Answered<Row>> {
  return timed(database, signal, async connection => {
    await beginAsking(connection, database, choice);
    return await ask(connection);
  });
}

/** As `askReadings`, for what begins its transaction itself: by `begin`, and after a failure again. */
export function streamReadings<Row>(
  database: TenantDatabase,
  choice: ReadingChoice,
  signal: AbortSignal,
  ask: (connection: DuckDBConnection, begin: () => Promise<void>) => Promise<readonly Row[]>,
): Promise<Answered<Row>> {
  return timed(database, signal, connection =>
    ask(connection, () => beginAsking(connection, database, choice)),
  );
}

async function beginAsking(
  connection: DuckDBConnection,
  {tenant, archive}: TenantDatabase,
  choice: ReadingChoice,
): Promise<void> {
  await connection.run('BEGIN TRANSACTION READ ONLY');
  await seeWholeTables(connection, tenant, archive);
  await nameDevices(connection, choice);
}

async function timed<Row>(
  database: TenantDatabase,
  signal: AbortSignal,
  work: (connection: DuckDBConnection) => Promise<readonly Row[]>,
): Promise<Answered<Row>> {
  const startMs = performance.now();
  return await database.withConnection(connection =>
    interruptible(connection, signal, async () => {
      const rows = await work(connection);
      return {rows, elapsedMs: Math.round(performance.now() - startMs)};
    }),
  );
}
