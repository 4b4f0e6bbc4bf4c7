import type {DuckDBConnection} from '@duckdb/node-api';
import type {Freshness} from '../../domain/stats.js';
import {wholeTable} from '../archive/one-table.js';
import {type Partition, readPartitions, within} from '../archive/partitions.js';
import {interruptible} from '../interruptible.js';
import type {TenantDatabase} from '../tenant-database.js';
import type {ReadingChoice} from './stats-request.js';

const TABLE = 'readings';

export interface Answer<Found> {
  readonly found: Found;
  /** Where the readings were looked at. */
  readonly from: 'memory' | 'table';
  readonly freshness: Freshness;
  readonly elapsedMs: number;
}

export type Answered<Found> = Omit<Answer<Found>, 'freshness'>;

/** Asks one statement over hot and archived readings, for which `readings` stands behind FROM; it may be asked again. */
export function askReadings<Found>(
  database: TenantDatabase,
  choice: ReadingChoice,
  signal: AbortSignal,
  ask: (connection: DuckDBConnection, readings: string) => Promise<Found>,
): Promise<Answered<Found>> {
  return timed(database, signal, async connection => {
    const askAll = (partitions: readonly Partition[]) =>
      ask(connection, readingsOf(database, choice, partitions));
    return (await askAtOnce(database, askAll)) ?? (await askInTransaction(connection, askAll));
  });
}

/** What stands behind FROM for the readings of a range, or for all, within the transaction that has begun. */
export type BegunReadings = (range: Pick<ReadingChoice, 'sinceMs' | 'untilMs'>) => string;

/** For what begins its transaction itself: by `begin`, and after a failure again. */
export function streamReadings<Found>(
  database: TenantDatabase,
  signal: AbortSignal,
  ask: (connection: DuckDBConnection, begin: () => Promise<BegunReadings>) => Promise<Found>,
): Promise<Answered<Found>> {
  return timed(database, signal, connection =>
    ask(connection, async () => {
      await connection.run('BEGIN TRANSACTION READ ONLY');
      const partitions = await readPartitions(connection);
      return range => readingsOf(database, range, partitions);
    }),
  );
}

type AskAll<Found> = (partitions: readonly Partition[]) => Promise<Found>;

/** With the partitions that are known. Undefined where they may have been others when the statement began. */
async function askAtOnce<Found>(database: TenantDatabase, ask: AskAll<Found>): Promise<Found | undefined> {
  const {partitions} = database;
  if (partitions === undefined) return undefined;
  const found = await ask(partitions);
  return database.partitions === partitions ? found : undefined;
}

/** What takes long would find them changed time and again: the transaction keeps them as they are. */
async function askInTransaction<Found>(connection: DuckDBConnection, ask: AskAll<Found>): Promise<Found> {
  await connection.run('BEGIN TRANSACTION READ ONLY');
  return await ask(await readPartitions(connection));
}

function readingsOf(
  {tenant, archive}: TenantDatabase,
  range: Pick<ReadingChoice, 'sinceMs' | 'untilMs'>,
  partitions: readonly Partition[],
): string {
  const own = partitions.filter(({table}) => table === TABLE);
  return wholeTable({catalog: tenant, table: TABLE, archive}, within(own, range));
}

async function timed<Found>(
  database: TenantDatabase,
  signal: AbortSignal,
  work: (connection: DuckDBConnection) => Promise<Found>,
): Promise<Answered<Found>> {
  const startMs = performance.now();
  return await database.withConnection(connection =>
    interruptible(connection, signal, async () => {
      const found = await work(connection);
      return {found, from: 'table', elapsedMs: Math.round(performance.now() - startMs)};
    }),
  );
}
