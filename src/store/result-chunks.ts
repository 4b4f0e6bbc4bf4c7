/**
 * The chunks of a result, and its failure. DuckDB's C interface ends a result that fails half-way exactly like one that
 * is whole (`duckdb_fetch_chunk` gives NULL for both, and the Node bindings of 1.5.5 look no further): rows would be
 * missing, and nobody would know. What tells the two apart is the transaction, which a failure aborts.
 */
import type {
  DuckDBConnection,
  DuckDBDataChunk,
  DuckDBPreparedStatement,
  DuckDBResult,
} from '@duckdb/node-api';
import {IotctlError} from '../domain/errors.js';

export interface ChunkedResult {
  readonly result: DuckDBResult;
  /** Computed as they are taken. */
  readonly chunks: AsyncGenerator<DuckDBDataChunk>;
}

/** `begin` begins a transaction and prepares the statement in it. */
type Begin = () => Promise<DuckDBPreparedStatement>;

export async function streamChunks(connection: DuckDBConnection, begin: Begin): Promise<ChunkedResult> {
  const prepared = await begin();
  const result = await prepared.stream();
  return {result, chunks: chunksOf(connection, begin, result)};
}

async function* chunksOf(
  connection: DuckDBConnection,
  begin: Begin,
  result: DuckDBResult,
): AsyncGenerator<DuckDBDataChunk> {
  let rows = 0;
  let isOver = false;
  try {
    for (let chunk = await result.fetchChunk(); chunk !== null; chunk = await result.fetchChunk()) {
      if (chunk.rowCount === 0) break;
      rows += chunk.rowCount;
      yield chunk;
    }
    isOver = true;
  } finally {
    // Of who reads no further; until the next statement, or a garbage collection, DuckDB would keep what it has computed.
    if (!isOver) await connection.run('ROLLBACK').catch(() => undefined);
  }
  const failed = await connection.run('SELECT 1').then(
    () => false,
    () => true,
  );
  if (failed) throw await failureOf(connection, begin, rows);
}

/** The words of the failure are lost: it is run into again, where DuckDB tells them. */
async function failureOf(connection: DuckDBConnection, begin: Begin, rows: number): Promise<unknown> {
  try {
    await connection.run('ROLLBACK');
    await (await begin()).run();
  } catch (error) {
    return error;
  }
  return new IotctlError(
    'IOT_QUERY_INVALID',
    `the query failed after ${rows} rows, and not when it was tried again`,
  );
}
