/** How far a tenant's events are stored, as its file has it. */
import type {DuckDBConnection} from '@duckdb/node-api';

export interface Progress {
  /** Everything below is stored. */
  readonly nextOffset: number;
  readonly eventCount: number;
  /** When the last of the events was received, in Unix milliseconds; undefined where there is none. */
  readonly lastEventMs?: number | undefined;
}

export async function readProgress(connection: DuckDBConnection): Promise<Progress> {
  const reader = await connection.runAndReadAll(
    'SELECT max(next_offset), max(event_count) FROM internal.progress',
  );
  const row = reader.getRows()[0]!;
  return {nextOffset: Number(row[0]), eventCount: Number(row[1])};
}

export async function readLastEventMs(connection: DuckDBConnection): Promise<number | undefined> {
  const reader = await connection.runAndReadAll(
    'SELECT epoch_ms(recorded_time) FROM events WHERE "offset" >= 0 ORDER BY "offset" DESC LIMIT 1',
  );
  const [row] = reader.getRows();
  return row === undefined ? undefined : Number(row[0]);
}
